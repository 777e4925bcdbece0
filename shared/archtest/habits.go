package archtest

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reading is a package whose names read the world behind the caller's back.
type reading struct {
	path  string   // as imported
	names []string // what reads it, or with harmless set, all that does not
	// harmless turns names round: every other name of the package is meant.
	harmless bool
	what     string // what is read
}

// readings lists them. Seeded sources of math/rand and functions that are given their
// source of chance are welcome anywhere.
var readings = []reading{
	{"time", []string{"Now", "Since", "Until", "Local"}, false, "the clock or zone of the machine"},
	{"math/rand", seededNames, true, "chance"},
	{"math/rand/v2", seededNames, true, "chance"},
	{"crypto/rand", []string{"Reader", "Read", "Text"}, false, "chance"},
	{"github.com/google/uuid", []string{"New", "NewString", "NewRandom", "NewUUID", "NewV6", "NewV7", "NewDCEGroup", "NewDCEPerson", "NewDCESecurity"}, false, "chance"},
	{"os", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Clearenv", "UserHomeDir", "UserConfigDir", "UserCacheDir"}, false, "the environment"},
}

// seededNames are the names of math/rand, either version, that draw from no source of
// their own.
var seededNames = []string{"New", "NewPCG", "NewChaCha8", "NewSource", "NewZipf", "Rand", "Source", "Source64", "PCG", "ChaCha8", "Zipf"}

// sqlText matches a string that begins an SQL statement. Keywords are upper-case in this
// house, which keeps prose out; the commonest forms are caught in lower case too. The
// method in a route, "DELETE /v1/x", is none.
var sqlText = regexp.MustCompile(`^\s*(--[^\n]*\n\s*)*(` +
	`SELECT\s|INSERT\s+(OR|INTO)\s|REPLACE\s+INTO\s|UPDATE\s+(OR\s+\w+\s+)?\w+\s+SET\s|DELETE\s+FROM\s|` +
	`WITH\s+(RECURSIVE\s+)?\w+\s*(\([^)]*\)\s*)?AS\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|UNIQUE|VIEW|TRIGGER|VIRTUAL)\s|PRAGMA\s|BEGIN\s+IMMEDIATE|` +
	`(?i:select\s+(\*|count\()|insert\s+into\s+\w+\s*\(|update\s+\w+\s+set\s+\w+\s*=|delete\s+from\s+\w+\s+where\s))`)

// systems are the build tags that need no learning: the operating systems and machines
// of the go command, and cgo, which decides whether the counter has a window.
var systems = strings.Fields("cgo unix linux windows darwin freebsd openbsd netbsd amd64 arm64 386 arm ignore")

// checkHabits returns where f leaves the habits of the house.
func checkHabits(m Map, src *source, f *file) []Finding {
	var found []Finding
	add := func(at ast.Node, what string) {
		found = append(found, Finding{src.at(at.Pos()), what})
	}
	checkTags(f, add)
	for _, decl := range f.ast.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			add(fn, "an init function: what happens at start is written in the main, where it is seen")
		}
	}
	if f.test {
		return found
	}
	if binds(m.realtime.who, f) {
		checkReadings(m, f, add)
	}
	if binds(m.sql.who, f) {
		checkSQL(m, f, add)
	}
	return found
}

// checkReadings reports each use of the clock, of chance and of the environment.
func checkReadings(m Map, f *file, add func(ast.Node, string)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if what := reads(f, n); what != "" {
				add(n, fmt.Sprintf("reads %s: %s", what, m.realtime.why))
			}
		case *ast.CallExpr:
			if drawsKey(n) {
				add(n, fmt.Sprintf("draws a key by chance of its own, since the source is nil: %s", m.realtime.why))
			}
		}
		return true
	})
}

// reads returns what of the world the selector reads, or "".
func reads(f *file, sel *ast.SelectorExpr) string {
	id, ok := sel.X.(*ast.Ident)
	if !ok || id.Obj != nil {
		return "" // a variable that is called as a package is
	}
	for _, imp := range f.imports {
		if imp.name != id.Name {
			continue
		}
		for _, r := range readings {
			if r.path == imp.path && slices.Contains(r.names, sel.Sel.Name) != r.harmless {
				return fmt.Sprintf("%s by %s.%s", r.what, id.Name, sel.Sel.Name)
			}
		}
	}
	return ""
}

// drawsKey reports whether call is of the form x.GenerateKey(nil).
func drawsKey(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "GenerateKey" || len(call.Args) == 0 {
		return false
	}
	last, ok := call.Args[len(call.Args)-1].(*ast.Ident)
	return ok && last.Name == "nil"
}

// checkSQL reports each string that begins a statement.
func checkSQL(m Map, f *file, add func(ast.Node, string)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		if s, err := strconv.Unquote(lit.Value); err == nil && sqlText.MatchString(s) {
			add(lit, "SQL outside the packages that own a schema: "+m.sql.why)
		}
		return true
	})
}

// checkTags reports each build tag that someone would have to learn.
func checkTags(f *file, add func(ast.Node, string)) {
	for _, group := range f.ast.Comments {
		for _, comment := range group.List {
			if !constraint.IsGoBuild(comment.Text) || comment.Pos() > f.ast.Package {
				continue
			}
			expr, err := constraint.Parse(comment.Text)
			if err != nil {
				add(comment, "a build line that cannot be read: "+err.Error())
				continue
			}
			expr.Eval(func(tag string) bool {
				if !slices.Contains(systems, tag) {
					add(comment, "build tag "+tag+": only cgo and operating systems decide what is built, so that no tag must be learned")
				}
				return true
			})
		}
	}
}
