package archtest

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var strict = flag.Bool("strict", false, "also fail on packages and arrows of the map that the tree does not use")

func TestCodeKeepsToThePlan(t *testing.T) {
	m := house(t)
	found, err := Check(os.DirFS(moduleRoot(t)), m)
	if err != nil {
		t.Fatal(err)
	}
	if *strict {
		unused, err := Unused(os.DirFS(moduleRoot(t)), m)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, unused...)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestMapNamesOnlyPackagesThatItPlans(t *testing.T) {
	m := house(t)
	for _, line := range m.packages {
		for _, to := range line.may {
			if _, ok := m.line(to.text); !ok && !to.below {
				t.Errorf("%s may import %s, which has no line of its own", line.path, to)
			}
		}
	}
}

func TestMapAllowsNoArrowThatItForbids(t *testing.T) {
	m := house(t)
	for _, line := range m.packages {
		dir := line.path.text
		if line.path.below {
			dir += "/any"
		}
		f := &file{path: dir + "/x.go", dir: dir}
		for _, to := range line.may {
			if to.below || to.text == "client/ui" {
				continue
			}
			if why := m.forbids(f, imported{path: to.text, ours: true}); why != "" {
				t.Errorf("%s -> %s: %s", line.path, to, why)
			}
		}
	}
}

func TestMapHasNoRoundTrip(t *testing.T) {
	m := house(t)
	var visit func(path string, trail []string)
	visit = func(path string, trail []string) {
		if slices.Contains(trail, path) {
			t.Fatalf("packages import each other in a round: %s", strings.Join(append(trail, path), " -> "))
		}
		line, _ := m.line(path)
		for _, to := range line.may {
			if !to.below {
				visit(to.text, append(trail, path))
			}
		}
	}
	for _, line := range m.packages {
		visit(line.path.text, nil)
	}
}

func TestUnusedNamesWhatTheTreeDoesNotUse(t *testing.T) {
	m, err := Parse("package a -> nothing | x\npackage b -> a | x\npackage c -> nothing | x")
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{
		"go.mod": {Data: []byte("module example.org/m\n")},
		"a/a.go": {Data: []byte("package a")},
		"b/b.go": {Data: []byte("package b")},
	}
	found, err := Unused(tree, m)
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{"b", "may import a and does not"}, {"c", "is in the map and not in the tree"}}
	if !slices.Equal(found, want) {
		t.Errorf("got %v, want %v", found, want)
	}
}

func TestParseNamesTheLineThatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"# a note\n\npackage a -> b": "line 3: no reason",
		"package a -> b | ":          "no reason",
		"package a | why":            "not understood",
		"package a b -> c | why":     "not understood",
		"maybe a -> b | why":         "not understood",
		"never -> b | why":           "not understood",
		"sql  | why":                 "names nobody",
		"package a -> nothing | x\npackage a -> nothing |": "line 2: no reason",
		"package a -> nothing | x\npackage a -> b | y":     "line 2: a is here twice",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func house(t *testing.T) Map {
	t.Helper()
	m, err := House()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// moduleRoot returns the folder of go.mod above the test's own.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
