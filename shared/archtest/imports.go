package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// checkImports returns the arrows of f that the plan does not have.
func checkImports(m Map, src *source, f *file) []Finding {
	var found []Finding
	for _, imp := range f.imports {
		if why := m.forbids(f, imp); why != "" {
			found = append(found, Finding{src.at(imp.pos), why})
		}
	}
	return found
}

// forbids returns why f may not import imp, or "".
func (m Map) forbids(f *file, imp imported) string {
	own := imp.path == f.dir // an external test of the package itself
	for _, n := range m.never {
		if !own && anyMatch(n.from, f.dir) && anyMatch(n.to, imp.path) && binds(n.except, f) {
			return fmt.Sprintf("%s may never import %s: %s", f.dir, imp.path, n.why)
		}
	}
	for _, o := range m.only {
		if !own && anyMatch(o.to, imp.path) && binds(o.who, f) {
			return fmt.Sprintf("only %s may import %s: %s", join(o.who), imp.path, o.why)
		}
	}
	if !imp.ours || f.test {
		return ""
	}
	line, ok := m.line(f.dir)
	if !ok || anyMatch(line.may, imp.path) {
		return "" // a package without a line is reported once, by checkPackages
	}
	return fmt.Sprintf("%s may import of ours %s, not %s: %s", f.dir, join(line.may), imp.path, line.why)
}

// checkPackages returns the packages that the plan does not have, and those without a
// package comment.
func checkPackages(m Map, src *source) []Finding {
	hasComment := map[string]bool{}
	var dirs []string
	for _, f := range src.files {
		if f.test {
			continue
		}
		if !slices.Contains(dirs, f.dir) {
			dirs = append(dirs, f.dir)
		}
		if f.ast.Doc != nil {
			hasComment[f.dir] = true
		}
	}
	var found []Finding
	for _, dir := range dirs {
		if _, ok := m.line(dir); !ok {
			found = append(found, Finding{dir, "is not in the import map: give it a line in shared/archtest/map.txt, with a reason"})
		}
		if !hasComment[dir] {
			found = append(found, Finding{dir, "has no package comment"})
		}
	}
	for _, name := range src.sql {
		f := &file{path: name, dir: name[:max(strings.LastIndex(name, "/"), 0)]}
		if binds(m.sql.who, f) {
			found = append(found, Finding{name, "an SQL file outside the packages that own a schema: " + m.sql.why})
		}
	}
	return found
}

// join lists patterns as people read them.
func join(list []pattern) string {
	if len(list) == 0 {
		return "nothing"
	}
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.String()
	}
	return strings.Join(words, ", ")
}
