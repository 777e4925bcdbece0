package archtest

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// Finding is one place where the code leaves the plan.
type Finding struct {
	Where string // file:line, or a package's path, from the module's root
	What  string // what is wrong there, and the reason for the rule
}

// String returns the finding as one line, as compilers write them.
func (f Finding) String() string { return f.Where + ": " + f.What }

// Check returns what in the module at the root of tree leaves the plan m, sorted by
// place. Lines of m for packages that do not exist are passed over; see Unused.
// It fails if a source file cannot be read or parsed.
func Check(tree fs.FS, m Map) ([]Finding, error) {
	src, err := read(tree)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, f := range src.files {
		found = append(found, checkImports(m, src, f)...)
		found = append(found, checkHabits(m, src, f)...)
		found = append(found, checkDocs(src, f)...)
	}
	found = append(found, checkPackages(m, src)...)
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What))
	})
	return found, nil
}

// Unused returns what m allows and the module at the root of tree does not use: packages
// that do not exist and arrows that no file takes. Arrows written with "..." are passed
// over. A plan that is ahead of the code has some; a finished one has none.
func Unused(tree fs.FS, m Map) ([]Finding, error) {
	src, err := read(tree)
	if err != nil {
		return nil, err
	}
	taken := map[[2]string]bool{}
	exists := map[string]bool{}
	for _, f := range src.files {
		exists[f.dir] = true
		for _, imp := range f.imports {
			taken[[2]string{f.dir, imp.path}] = true
		}
	}
	var found []Finding
	for _, p := range m.packages {
		if p.path.below {
			continue
		}
		if !exists[p.path.text] {
			found = append(found, Finding{p.path.text, "is in the map and not in the tree"})
			continue
		}
		for _, to := range p.may {
			if !to.below && !taken[[2]string{p.path.text, to.text}] {
				found = append(found, Finding{p.path.text, fmt.Sprintf("may import %s and does not", to)})
			}
		}
	}
	return found, nil
}
