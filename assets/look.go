package assets

import (
	"bytes"
	_ "embed" // for look.json
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed look.json
var lookJSON []byte

// State is what a thing that was done or asked for has come to. Each has a shape,
// a word and a colour, the same on all faces; colour is never the only carrier.
type State string

// The six states.
const (
	StateDone   State = "done"   // ✔ done here
	StateWill   State = "will"   // ◔ will be sent; to a resident: in line, the store is looking
	StateSent   State = "sent"   // ✔✔ sent
	StateLook   State = "look"   // ▲ look here
	StateNot    State = "not"    // ■ not done
	StateDecide State = "decide" // ◆ someone must decide
)

// Tokens is the whole look: the one list that every face reads. Lengths are in
// CSS pixels, which are Fyne's units too.
type Tokens struct {
	Light, Dark Theme
	Shapes      []Shape           // the six states, in the order of their constants
	Icons       map[string]string // other drawings: ok, off, bar, find, and books for the header bar
	Type        TypeScale
	Space       []int       // 4 8 16 24 40: the only distances
	Corner      int         // radius of panels, fields and buttons
	Touch       int         // least height of what a finger taps on a tablet
	Pairs       [][2]string // text token and the token it may stand on, at least 4.5:1 in both themes
}

// Theme is one set of colours. A state's tone has four: its fill (shape and
// spine), its mark (word as text), its tint (background) and what stands on the
// fill; will and sent share done's.
type Theme struct {
	Paper, Surface, Sunk, Line, Edge         Colour // page; panels; shelf numbers; rules; borders
	Ink, Soft                                Colour // text; notes
	Accent, AccentTint, OnAccent             Colour // what can be done now; the chosen row
	AccentDeep, OnDeep, OnDeepSoft           Colour // header bar and its texts
	OnDeepMark, OnDeepLine                   Colour // shapes and rules on the header bar
	Done, DoneMark, DoneTint, OnDone         Colour
	Look, LookMark, LookTint, OnLook         Colour
	Not, NotMark, NotTint, OnNot             Colour
	Decide, DecideMark, DecideTint, OnDecide Colour
	Neutral, NeutralTint                     Colour // offline banner, closed PCs
}

// Tone is the colours of one state in one theme.
type Tone struct {
	Fill Colour // the shape and the spine
	Mark Colour // the state's word as text
	Tint Colour // the background; the surface for a state that has no tint
	On   Colour // text and glyphs on the fill
}

// Shape is how one state is shown.
type Shape struct {
	State   State
	Tone    string // which tone's colours it takes: done, look, not or decide
	Tinted  bool   // whether its background is tinted
	Rune    string // for terminals; of ambiguous width, so put a space beside it
	ASCII   string // for terminals without those runes
	Word    string // message key of its word
	Drawing string // SVG elements in a 24 by 24 box, colours as {token}; filled only, since Fyne does not scale strokes
}

// TypeScale is the sizes of text. Bold or regular, nothing else.
type TypeScale struct {
	Band     float32 // band title
	Scan     float32 // scan field and written numbers
	Reason   float32 // the sentence under the title
	List     float32 // lists and buttons
	Note     float32 // notes
	Cap      float32 // key caps, column heads, trend labels only
	Line     float32 // line height as a factor of the size, for Hangul
	BandLine float32 `json:"band-line"` // line height of the band title
}

// Look returns the look. It parses the embedded file each time: keep the result.
func Look() Tokens {
	tokens, err := parseLook(lookJSON)
	if err != nil {
		panic("assets: look.json: " + err.Error())
	}
	return tokens
}

func parseLook(text []byte) (Tokens, error) {
	var tokens Tokens
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&tokens)
	return tokens, err
}

// Theme returns the dark or the light theme.
func (l Tokens) Theme(dark bool) Theme {
	if dark {
		return l.Dark
	}
	return l.Light
}

// Shape returns how a state is shown. It panics for a state that is none of the six.
func (l Tokens) Shape(state State) Shape {
	for _, shape := range l.Shapes {
		if shape.State == state {
			return shape
		}
	}
	panic("assets: no such state: " + string(state))
}

// Tone returns a state's colours in a theme. It panics for a state that is none
// of the six.
func (l Tokens) Tone(state State, theme Theme) Tone {
	shape := l.Shape(state)
	tone := theme.tone(shape.Tone)
	if !shape.Tinted {
		tone.Tint = theme.Surface
	}
	return tone
}

func (t Theme) tone(name string) Tone {
	fill, _ := t.Colour(name)
	mark, _ := t.Colour(name + "-mark")
	tint, _ := t.Colour(name + "-tint")
	on, _ := t.Colour("on-" + name)
	return Tone{Fill: fill, Mark: mark, Tint: tint, On: on}
}

// SVG returns the picture of a state ("done") or an icon ("find") in a theme's
// colours, as a whole SVG file of 24 by 24 units. It panics for an unknown name.
func (l Tokens) SVG(name string, theme Theme) []byte {
	drawing, known := l.Icons[name]
	if !known {
		drawing = l.Shape(State(name)).Drawing
	}
	slots := theme.slots()
	pairs := make([]string, 0, 2*len(slots))
	for _, slot := range slots {
		pairs = append(pairs, "{"+slot.name+"}", slot.colour.Hex())
	}
	drawing = strings.NewReplacer(pairs...).Replace(drawing)
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">` + drawing + `</svg>`)
}

// DeepTheme returns the theme as it is on the header bar, which is deep in both
// themes: shapes, marks and text in the colours that can be read there.
func (t Theme) DeepTheme() Theme {
	t.Paper, t.Surface = t.AccentDeep, t.AccentDeep
	t.Ink, t.Soft, t.Neutral, t.Line = t.OnDeep, t.OnDeepSoft, t.OnDeepSoft, t.OnDeepLine
	t.Done, t.DoneMark, t.OnDone = t.OnDeepMark, t.OnDeepMark, t.AccentDeep
	return t
}

// Colour returns the colour of a token by its name in look.json, such as
// "done-mark", and whether there is such a token.
func (t Theme) Colour(name string) (Colour, bool) {
	for _, slot := range t.slots() {
		if slot.name == name {
			return *slot.colour, true
		}
	}
	return Colour{}, false
}

// UnmarshalJSON reads a theme, each token exactly once.
func (t *Theme) UnmarshalJSON(text []byte) error {
	var named map[string]Colour
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	slots := t.slots()
	for _, slot := range slots {
		colour, given := named[slot.name]
		if !given {
			return fmt.Errorf("token %q is missing", slot.name)
		}
		*slot.colour = colour
	}
	if len(named) != len(slots) {
		return fmt.Errorf("%d tokens are given, %d are known", len(named), len(slots))
	}
	return nil
}

// slot ties a token's name in look.json and in style sheets to its field.
type slot struct {
	name   string
	colour *Colour
}

// slots lists every token, in the order in which style sheets show them.
func (t *Theme) slots() []slot {
	return []slot{
		{"paper", &t.Paper}, {"surface", &t.Surface}, {"sunk", &t.Sunk}, {"line", &t.Line}, {"edge", &t.Edge},
		{"ink", &t.Ink}, {"soft", &t.Soft},
		{"accent", &t.Accent}, {"accent-tint", &t.AccentTint}, {"on-accent", &t.OnAccent},
		{"accent-deep", &t.AccentDeep}, {"on-deep", &t.OnDeep}, {"on-deep-soft", &t.OnDeepSoft},
		{"on-deep-mark", &t.OnDeepMark}, {"on-deep-line", &t.OnDeepLine},
		{"done", &t.Done}, {"done-mark", &t.DoneMark}, {"done-tint", &t.DoneTint}, {"on-done", &t.OnDone},
		{"look", &t.Look}, {"look-mark", &t.LookMark}, {"look-tint", &t.LookTint}, {"on-look", &t.OnLook},
		{"not", &t.Not}, {"not-mark", &t.NotMark}, {"not-tint", &t.NotTint}, {"on-not", &t.OnNot},
		{"decide", &t.Decide}, {"decide-mark", &t.DecideMark}, {"decide-tint", &t.DecideTint}, {"on-decide", &t.OnDecide},
		{"neutral", &t.Neutral}, {"neutral-tint", &t.NeutralTint},
	}
}
