package archtest

import (
	"strings"
	"testing"
	"testing/fstest"
)

// plan is a small plan for the trees below.
const plan = `
package shared/core -> nothing | it is pure
package shared/upper -> shared/core | it stands on core
package client -> client/... shared/... | the main wires the parts
package client/db -> shared/core | rows
package client/ui -> shared/core | a face
package syncserver -> syncserver/... shared/... | the main wires the parts
package syncserver/sim -> client/... syncserver/... | sees both
never shared/... -> client/... syncserver/... | it is shared
never client/... -> syncserver/... | over the wire alone
never syncserver/... -> client/... except syncserver/sim | over the wire alone
never shared/core -> os net/... except tests | it does no I/O
only client/desktop.go -> client/ui toolkit.example/app | it needs a C compiler
sql client/db | beside its schema
realtime client syncserver | from the mains
`

// doc is the beginning of a file that keeps to the habits.
const doc = "// Package x is documented.\npackage x\n"

// trees are trees of one file each, and what is wrong with it.
var trees = []struct {
	name, path, text string
	want             string // part of the one finding, or "" for none
}{
	{"an arrow of the map", "shared/upper/x.go", doc + `import _ "example.org/m/shared/core"`, ""},
	{"an arrow that the map lacks", "shared/core/x.go", doc + `import _ "example.org/m/shared/upper"`, "shared/core/x.go:3: shared/core may import of ours nothing, not shared/upper: it is pure"},
	{"a test takes an arrow that the map lacks", "shared/core/x_test.go", `package x; import _ "example.org/m/shared/upper"`, ""},
	{"shared knows a program", "shared/upper/x.go", doc + `import _ "example.org/m/client/db"`, "may never import client/db: it is shared"},
	{"a test of shared knows a program", "shared/upper/x_test.go", `package x; import _ "example.org/m/client/db"`, "may never import client/db"},
	{"the programs meet in a test", "client/x_test.go", `package main; import _ "example.org/m/syncserver/sim"`, "may never import syncserver/sim: over the wire alone"},
	{"the simulation sees both", "syncserver/sim/x.go", doc + `import _ "example.org/m/client/db"`, ""},
	{"the core reads files", "shared/core/x.go", doc + `import _ "os"`, "may never import os: it does no I/O"},
	{"the core opens sockets", "shared/core/x.go", doc + `import _ "net/http"`, "may never import net/http"},
	{"a test of the core reads files", "shared/core/x_test.go", `package x; import _ "os"`, ""},
	{"a screen elsewhere than in desktop.go", "client/main.go", doc + `import _ "example.org/m/client/ui"`, "only client/desktop.go may import client/ui"},
	{"a screen in desktop.go", "client/desktop.go", "//go:build cgo\n\n" + doc + `import _ "example.org/m/client/ui"`, ""},
	{"an external test of the screens", "client/ui/x_test.go", `package x_test; import _ "example.org/m/client/ui"`, ""},
	{"the toolkit's app in a test", "client/ui/x_test.go", `package x; import _ "toolkit.example/app"`, "only client/desktop.go may import toolkit.example/app"},
	{"a package without a line", "shared/new/x.go", doc, "shared/new: is not in the import map"},
	{"a folder of data alone", "shared/new/testdata/x.go", "not Go", ""},
	{"a module below", "shared/new/go.mod", "module other", ""},
	{"no package comment", "shared/core/x.go", "package x", "shared/core: has no package comment"},

	{"the clock", "shared/core/x.go", doc + "import \"time\"\nvar t = time.Now()", "reads the clock or zone of the machine by time.Now: from the mains"},
	{"the clock as a value", "shared/core/x.go", doc + "import tick \"time\"\nvar now = tick.Now", "by tick.Now"},
	{"the time since", "shared/core/x.go", doc + "import \"time\"\nfunc f(t time.Time) time.Duration { return time.Since(t) }", "by time.Since"},
	{"the clock in a main", "client/x.go", doc + "import \"time\"\nvar t = time.Now()", ""},
	{"the clock in a test", "shared/core/x_test.go", "package x\nimport \"time\"\nvar t = time.Now()", ""},
	{"a duration", "shared/core/x.go", doc + "import \"time\"\nvar d = 3 * time.Second", ""},
	{"chance", "shared/core/x.go", doc + "import \"math/rand/v2\"\nvar n = rand.IntN(6)", "reads chance by rand.IntN"},
	{"seeded chance", "shared/core/x.go", doc + "import \"math/rand/v2\"\nvar r = rand.New(rand.NewPCG(1, 2))", ""},
	{"chance that is passed in", "shared/core/x.go", doc + "import \"math/rand/v2\"\nfunc f(rand *rand.Rand) int { return rand.IntN(6) }", ""},
	{"secret chance", "shared/core/x.go", doc + "import \"crypto/rand\"\nvar r = rand.Reader", "reads chance by rand.Reader"},
	{"a random id", "shared/core/x.go", doc + "import \"github.com/google/uuid\"\nvar u = uuid.New()", "reads chance by uuid.New"},
	{"a key drawn from nil", "shared/core/x.go", doc + "import \"crypto/ed25519\"\nfunc f() { ed25519.GenerateKey(nil) }", "draws a key"},
	{"the environment", "shared/upper/x.go", doc + "import environment \"os\"\nvar v = environment.Getenv(\"X\")", "reads the environment by environment.Getenv"},

	{"an init function", "client/x.go", doc + "func init() {}", "an init function"},
	{"a method called init", "client/x.go", doc + "type t int\nfunc (t) init() {}", ""},
	{"SQL in a use case", "shared/upper/x.go", doc + "const q = `\n\tSELECT name\n\tFROM title`", "SQL outside the packages"},
	{"the start of a joined statement", "shared/upper/x.go", doc + "const q = \"DELETE FROM \" + table", "SQL outside the packages"},
	{"SQL in lower case", "shared/upper/x.go", doc + "const q = \"select count(*) from title\"", "SQL outside the packages"},
	{"SQL in a db package", "client/db/x.go", doc + "const q = \"UPDATE title SET name = $1\"", ""},
	{"a schema elsewhere", "shared/upper/0001.sql", "", "shared/upper/0001.sql: an SQL file outside"},
	{"a schema in a db package", "client/db/0001.sql", "", ""},
	{"a route", "shared/upper/x.go", doc + "const route = \"DELETE /v1/device\"", ""},
	{"prose", "shared/upper/x.go", doc + "const help = \"select a store from the list, or update your address\"", ""},
	{"a build tag to learn", "client/x.go", "//go:build gles\n\n" + doc, "build tag gles"},
	{"an operating system", "client/x.go", "//go:build !windows && cgo\n\n" + doc, ""},

	{"a name without a comment", "shared/core/x.go", doc + "type Title struct{}", "shared/core/x.go:3: Title has no doc comment"},
	{"a method without a comment", "shared/core/x.go", doc + "// Title is one.\ntype Title[T any] struct{}\nfunc (*Title[T]) Name() {}", "Name has no doc comment"},
	{"a group with one comment", "shared/core/x.go", doc + "// Two words.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
	{"a trailing comment", "shared/core/x.go", doc + "const (\n\tA = 1 // the first\n)", ""},
	{"a hidden type's method", "shared/core/x.go", doc + "type t int\nfunc (t) Len() int { return 0 }", ""},
}

func TestFindingsOnTreesWithOneFlaw(t *testing.T) {
	m, err := Parse(plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range trees {
		t.Run(c.name, func(t *testing.T) {
			tree := fstest.MapFS{
				"go.mod": {Data: []byte("module example.org/m\n\ngo 1.26.0\n")},
				c.path:   {Data: []byte(c.text)},
			}
			found, err := Check(tree, m)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && len(found) > 0 {
				t.Errorf("got %v, want no finding", found)
			}
			if c.want != "" && (len(found) != 1 || !strings.Contains(found[0].String(), c.want)) {
				t.Errorf("got %v, want one finding with %q", found, c.want)
			}
		})
	}
}
