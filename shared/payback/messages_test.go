package payback

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"
)

// messages reads the texts of both languages that the package's keys name.
func messages(t *testing.T, lang string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, area := range []string{"payback", "notice"} {
		raw, err := os.ReadFile("../../assets/messages/" + area + "." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// source parses the package's files without its tests.
func source(t *testing.T) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// calls yields the arguments of every call of a function or method of that name.
func calls(files []*ast.File, name string) func(func([]ast.Expr)) {
	return func(yield func([]ast.Expr)) {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				switch fun := call.Fun.(type) {
				case *ast.Ident:
					if fun.Name == name {
						yield(call.Args)
					}
				case *ast.SelectorExpr:
					if fun.Sel.Name == name {
						yield(call.Args)
					}
				}
				return true
			})
		}
	}
}

// literal is the value of a string literal, or "".
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// constants are the values of the string constants whose name or type fits.
func constants(files []*ast.File, fits func(name, kind string) bool) (out []string) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			kind := ""
			if id, ok := spec.Type.(*ast.Ident); ok {
				kind = id.Name
			}
			for i, name := range spec.Names {
				if i < len(spec.Values) && literal(spec.Values[i]) != "" && fits(name.Name, kind) {
					out = append(out, literal(spec.Values[i]))
				}
			}
			return true
		})
	}
	return out
}

// said are all message keys that the package can ask for, with the arguments that
// it gives.
func said(t *testing.T) map[string][]string {
	t.Helper()
	files, keys := source(t), map[string][]string{}
	add := func(key string, args []ast.Expr) {
		var names []string
		for i := 0; i+1 < len(args); i += 2 {
			name := literal(args[i])
			names = append(names, strings.ToUpper(name[:1])+name[1:])
		}
		if have, twice := keys[key]; twice { // an argument counts if every place gives it
			names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(have, n) })
		}
		keys[key] = names
	}
	calls(files, "why")(func(args []ast.Expr) {
		if key := literal(args[0]); key != "" {
			add("payback."+key, args[1:])
		}
	})
	calls(files, "tell")(func(args []ast.Expr) {
		if key := literal(args[1]); key != "" {
			add("notice."+key, args[3:])
		}
	})
	calls(files, "first")(func(args []ast.Expr) {
		for i := 1; i < len(args); i += 2 {
			add("payback.field."+literal(args[i]), nil)
		}
	})
	calls(files, "bad")(func(args []ast.Expr) {
		if field := literal(args[0]); field != "" {
			add("payback.field."+field, nil)
		}
	})
	for _, group := range []struct {
		prefix string
		fits   func(name, kind string) bool
	}{
		{"payback.decline.", func(name, kind string) bool { return kind == "" && strings.HasPrefix(name, "Decline") }},
		{"payback.fault.", func(name, _ string) bool { return strings.HasPrefix(name, "Fault") }},
		{"payback.state.", func(_, kind string) bool { return kind == "State" }},
		{"payback.case.", func(_, kind string) bool { return kind == "CaseKind" }},
		{"payback.choice.", func(_, kind string) bool { return kind == "Choice" }},
		{"payback.pay.", func(_, kind string) bool { return kind == "PayKind" }},
		{"payback.verdict.", func(_, kind string) bool { return kind == "Verdict" }},
		{"payback.kind.", func(_, kind string) bool { return kind == "Kind" }},
	} {
		for _, value := range constants(files, group.fits) {
			keys[group.prefix+value] = nil
		}
	}
	for _, field := range []string{"isbn", "price", "class", "stock", "from", "policy"} { // of badRow
		keys["payback.field."+field] = nil
	}
	everyPair(func(a, b Kind) {
		if c, ok := ConflictOf(a, b); ok {
			keys[c.Sentence] = nil
		}
	})
	return keys
}

var argumentName = regexp.MustCompile(`\{\{(?:if )?\.([A-Za-z]+)\}\}`)

func TestEveryKeyOfTheDomainHasAText(t *testing.T) {
	keys := said(t)
	if len(keys) < 250 {
		t.Fatalf("only %d keys were found: the search is broken", len(keys))
	}
	for _, lang := range []string{"ko", "en"} {
		texts := messages(t, lang)
		for key, args := range keys {
			text, ok := texts[key]
			if !ok {
				t.Errorf("%s: no text for %s", lang, key)
			}
			for _, match := range argumentName.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(args, match[1]) {
					t.Errorf("%s: %s wants %s; it is given %v", lang, key, match[1], args)
				}
			}
		}
	}
}

// Text messages go out in EUC-KR: what it lacks would arrive as a question mark.
func TestNoticesCanBeSentAsTextMessages(t *testing.T) {
	for key, text := range messages(t, "ko") {
		if _, err := korean.EUCKR.NewEncoder().String(text); strings.HasPrefix(key, "notice.") && err != nil {
			t.Errorf("%s can't be sent: %v", key, err)
		}
	}
}
