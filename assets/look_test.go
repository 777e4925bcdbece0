package assets

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
)

func themes(l Tokens) map[string]Theme {
	return map[string]Theme{"light": l.Light, "dark": l.Dark}
}

func TestEveryTextPairCanBeRead(t *testing.T) {
	look := Look()
	if len(look.Pairs) < 40 {
		t.Fatalf("only %d pairs documented", len(look.Pairs))
	}
	for name, theme := range themes(look) {
		for _, pair := range look.Pairs {
			text, known := theme.Colour(pair[0])
			ground, known2 := theme.Colour(pair[1])
			if !known || !known2 {
				t.Errorf("%s: pair %v names an unknown token", name, pair)
				continue
			}
			if got := Contrast(text, ground); got < 4.5 {
				t.Errorf("%s: %s on %s has contrast %.2f, want 4.5", name, pair[0], pair[1], got)
			}
		}
	}
}

func TestBordersAndSpinesCanBeSeen(t *testing.T) {
	look := Look()
	for name, theme := range themes(look) {
		for _, ground := range []Colour{theme.Paper, theme.Surface} {
			if got := Contrast(theme.Edge, ground); got < 3 {
				t.Errorf("%s: edge on %s has contrast %.2f, want 3", name, ground.Hex(), got)
			}
			for _, shape := range look.Shapes {
				// The amber and pink fills alone would not do: they are outlined in their mark.
				if got := Contrast(look.Tone(shape.State, theme).Mark, ground); got < 3 {
					t.Errorf("%s: outline of %s has contrast %.2f, want 3", name, shape.State, got)
				}
			}
		}
	}
}

func TestContrastAgreesWithWCAGsEnds(t *testing.T) {
	black, white := Colour{}, Colour{255, 255, 255}
	if got := Contrast(black, white); got < 20.99 || got > 21.01 {
		t.Errorf("black on white: got %v, want 21", got)
	}
	if got := Contrast(white, white); got != 1 {
		t.Errorf("white on white: got %v, want 1", got)
	}
}

func TestSixStatesEachWithShapeWordAndTerminalMarks(t *testing.T) {
	look := Look()
	states := []State{StateDone, StateWill, StateSent, StateLook, StateNot, StateDecide}
	if len(look.Shapes) != len(states) {
		t.Fatalf("got %d shapes, want %d", len(look.Shapes), len(states))
	}
	speakers := []*Speaker{NewSpeaker("ko"), NewSpeaker("en")}
	seen := map[string]State{}
	for i, shape := range look.Shapes {
		if shape.State != states[i] {
			t.Errorf("shape %d: got %s, want %s", i, shape.State, states[i])
		}
		for _, mark := range []string{shape.Rune, shape.ASCII, shape.Drawing} {
			if mark == "" || seen[mark] != "" {
				t.Errorf("%s: mark %q is empty or also that of %q", shape.State, mark, seen[mark])
			}
			seen[mark] = shape.State
		}
		if strings.Trim(shape.ASCII, "!~?vx") != "" {
			t.Errorf("%s: %q is not plain ASCII", shape.State, shape.ASCII)
		}
		for _, speaker := range speakers {
			if !speaker.Has(shape.Word) {
				t.Errorf("%s: no word %q in %s", shape.State, shape.Word, speaker.Lang())
			}
		}
	}
}

func TestSentHasNoTintOfItsOwn(t *testing.T) {
	look := Look()
	sent, done := look.Tone(StateSent, look.Light), look.Tone(StateDone, look.Light)
	if sent.Tint != look.Light.Surface || sent.Fill != done.Fill || sent.Mark != done.Mark {
		t.Errorf("got %+v, want done's colours on the surface", sent)
	}
	if got, want := done.Tint.Hex(), "#E4EFF7"; got != want {
		t.Errorf("done's tint: got %s, want %s", got, want)
	}
}

func TestPicturesAreWholeSVGInTheThemesColours(t *testing.T) {
	look := Look()
	for name, theme := range map[string]Theme{"light": look.Light, "dark": look.Dark, "deep": look.Light.DeepTheme()} {
		for _, picture := range look.pictures() {
			svg := string(look.SVG(picture, theme))
			if strings.ContainsAny(svg, "{}") {
				t.Errorf("%s %s: a token was not filled in: %s", name, picture, svg)
			}
			if strings.Contains(svg, "stroke") {
				t.Errorf("%s %s: has a stroke, which Fyne does not scale", name, picture)
			}
			decoder := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := decoder.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s %s: %v", name, picture, err)
				}
			}
		}
	}
	if got := string(look.SVG("done", look.Dark)); !strings.Contains(got, look.Dark.Done.Hex()) {
		t.Errorf("dark done is not in its colour: %s", got)
	}
	if got := string(look.SVG("will", look.Light.DeepTheme())); !strings.Contains(got, "#A8D8F5") {
		t.Errorf("will on the header bar is not in its colour: %s", got)
	}
}

func TestStyleSheetHasEveryTokenInBothThemes(t *testing.T) {
	css, look := LookCSS(), Look()
	for _, want := range []string{
		":root,.light{", ".dark{", "@media (prefers-color-scheme:dark){:root:not(.light){",
		"--paper:#FAF8F4;", "--done-mark:#00639B;", "--type-band:2.5rem;", "--type-cap:0.75rem;",
		"--space-1:4px;", "--space-5:40px;", "--corner:6px;", "--touch:56px;", "--line-height:1.4;",
	} {
		if !strings.Contains(css, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, slot := range look.Dark.slots() {
		declaration := "--" + slot.name + ":" + slot.colour.Hex() + ";"
		if strings.Count(css, declaration) < 2 { // the class and the reader's preference
			t.Errorf("%q is missing in dark", declaration)
		}
	}
}

func TestShapeRulesUseOnlyEscapedData(t *testing.T) {
	css := ShapesCSS()
	for _, want := range []string{".i-done{", ".dark .i-look{", ":root:not(.light) .i-not{", ".ondeep.ondeep .i-will{", ".i-books{"} {
		if !strings.Contains(css, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, url := range regexp.MustCompile(`url\("data:image/svg\+xml,([^)]*)"\)`).FindAllStringSubmatch(css, -1) {
		if strings.ContainsAny(url[1], `#<>"`) {
			t.Fatalf("unescaped: %s", url[1])
		}
	}
}

func TestBrokenLookIsRefused(t *testing.T) {
	whole := string(lookJSON)
	for name, broken := range map[string]string{
		"missing token":  strings.Replace(whole, `"soft": "#5B616A"`, `"smooth": "#5B616A"`, 1),
		"extra token":    strings.Replace(whole, `"soft": "#5B616A"`, `"soft": "#5B616A", "smooth": "#5B616A"`, 1),
		"short colour":   strings.Replace(whole, "#FAF8F4", "#FAF", 1),
		"not hex":        strings.Replace(whole, "#FAF8F4", "#FAF8FG", 1),
		"no hash":        strings.Replace(whole, "#FAF8F4", "0FAF8F4", 1),
		"unknown member": strings.Replace(whole, `"corner"`, `"korner"`, 1),
		"cut off":        whole[:len(whole)/2],
	} {
		if _, err := parseLook([]byte(broken)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestColourIsTheSameInAllItsForms(t *testing.T) {
	var c Colour
	if err := c.UnmarshalText([]byte("#0072b2")); err != nil {
		t.Fatal(err)
	}
	if c != (Colour{0x00, 0x72, 0xB2}) || c.Hex() != "#0072B2" {
		t.Errorf("got %+v %s", c, c.Hex())
	}
	if r, g, b, a := c.RGBA(); r != 0 || g != 0x7272 || b != 0xB2B2 || a != 0xFFFF {
		t.Errorf("got %x %x %x %x", r, g, b, a)
	}
}
