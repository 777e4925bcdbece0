package archtest

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed map.txt
var houseText string

// Map is the plan: which imports are allowed, and which packages are excused from a
// habit. Its text form is described at the top of map.txt. The zero Map allows nothing.
type Map struct {
	packages []packageLine
	never    []neverLine
	only     []onlyLine
	sql      excuse
	realtime excuse
}

// packageLine gives the packages of ours that one package may import.
type packageLine struct {
	path pattern
	may  []pattern
	why  string // why no more
}

// neverLine forbids arrows whatever the package lines say.
type neverLine struct {
	from, to, except []pattern
	why              string
}

// onlyLine names those who alone may import some packages.
type onlyLine struct {
	who, to []pattern
	why     string
}

// excuse names those whom a habit does not bind.
type excuse struct {
	who []pattern
	why string // why it binds all others
}

// pattern matches paths: one, or with below also all folders under it.
type pattern struct {
	text  string
	below bool
}

// String returns the pattern as map.txt writes it.
func (p pattern) String() string {
	if p.below {
		return p.text + "/..."
	}
	return p.text
}

func (p pattern) matches(path string) bool {
	return path == p.text || p.below && strings.HasPrefix(path, p.text+"/")
}

// House returns the plan of this module, map.txt.
func House() (Map, error) { return Parse(houseText) }

// Parse reads a plan in the form that map.txt describes. An error names the line.
func Parse(text string) (Map, error) {
	var m Map
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := m.add(line); err != nil {
			return Map{}, fmt.Errorf("archtest.Parse: line %d: %w", i+1, err)
		}
	}
	return m, nil
}

// add takes in one line of the plan.
func (m *Map) add(line string) error {
	rule, why, ok := strings.Cut(line, " | ")
	if !ok || strings.TrimSpace(why) == "" {
		return fmt.Errorf("no reason after %q", "|")
	}
	verb, rest, _ := strings.Cut(rule, " ")
	left, right, hasArrow := strings.Cut(rest, " -> ")
	from := patterns(left)
	if len(from) == 0 {
		return fmt.Errorf("%q names nobody", verb)
	}
	to, except, _ := strings.Cut(right, " except ")
	switch {
	case verb == "package" && hasArrow && len(from) == 1:
		return m.addPackage(packageLine{from[0], patterns(to), why})
	case verb == "never" && hasArrow:
		m.never = append(m.never, neverLine{from, patterns(to), patterns(except), why})
	case verb == "only" && hasArrow:
		m.only = append(m.only, onlyLine{from, patterns(to), why})
	case verb == "sql" && !hasArrow:
		m.sql = excuse{from, why}
	case verb == "realtime" && !hasArrow:
		m.realtime = excuse{from, why}
	default:
		return fmt.Errorf("not understood: %q", rule)
	}
	return nil
}

func (m *Map) addPackage(p packageLine) error {
	for _, other := range m.packages {
		if other.path == p.path {
			return fmt.Errorf("%s is here twice", p.path)
		}
	}
	m.packages = append(m.packages, p)
	return nil
}

// patterns reads words as patterns; the word "nothing" is none.
func patterns(words string) []pattern {
	var list []pattern
	for _, word := range strings.Fields(words) {
		if word == "nothing" {
			continue
		}
		text, below := strings.CutSuffix(word, "/...")
		list = append(list, pattern{text, below})
	}
	return list
}

// line returns the package line that governs dir: its own, else the nearest "..." above.
func (m Map) line(dir string) (packageLine, bool) {
	best, found := packageLine{}, false
	for _, p := range m.packages {
		if p.path.text == dir && !p.path.below {
			return p, true
		}
		if p.path.matches(dir) && (!found || len(p.path.text) > len(best.path.text)) {
			best, found = p, true
		}
	}
	return best, found
}

// anyMatch reports whether one of list matches path.
func anyMatch(list []pattern, path string) bool {
	for _, p := range list {
		if p.matches(path) {
			return true
		}
	}
	return false
}

// binds reports whether a rule that excuses who holds for f.
func binds(who []pattern, f *file) bool {
	excused := anyMatch(who, f.dir) || anyMatch(who, f.path) || f.test && anyMatch(who, "tests")
	return !excused
}
