package ui

import (
	"slices"

	"github.com/bookpayback/bookpayback/client/counter"
)

// maxField is how many signs a field of the band takes; more are not taken.
const maxField = 64

// field is one input of the band while it is typed into.
type field struct {
	counter.Field
	text  []rune
	caret int // signs before it
}

// insert puts a sign at the caret. A field of digits takes full-width digits as
// digits, and nothing else.
func (f *field) insert(r rune) {
	if r >= '０' && r <= '９' {
		r += '0' - '０'
	}
	if f.Digits && (r < '0' || r > '9') || len(f.text) >= maxField || r < ' ' {
		return
	}
	f.text = slices.Insert(f.text, f.caret, r)
	f.caret++
}

// erase takes out the sign before the caret (back) or after it.
func (f *field) erase(back bool) {
	at := f.caret
	if back {
		at--
	}
	if at < 0 || at >= len(f.text) {
		return
	}
	f.text = slices.Delete(f.text, at, at+1)
	f.caret = at
}

// move sets the caret, within the text.
func (f *field) move(to int) {
	f.caret = min(max(to, 0), len(f.text))
}

// fieldset is the fields of the band.
type fieldset struct {
	band   string // the band's ID
	fields []field
	on     int // the one that is typed into; -1 for none
}

// show takes the band of a screen. What has been typed stays while it is the same
// band, as it is when only something else on the screen changed.
func (s *fieldset) show(band counter.Band) {
	same := s.band == band.ID && len(s.fields) == len(band.Fields)
	before := s.fields
	s.band, s.fields = band.ID, make([]field, len(band.Fields))
	for i, f := range band.Fields {
		if same && before[i].Name == f.Name && before[i].Value == f.Value {
			s.fields[i] = before[i]
			s.fields[i].Label = f.Label
			continue
		}
		same = false
		text := []rune(f.Value)
		s.fields[i] = field{Field: f, text: text, caret: len(text)}
	}
	if !same {
		s.on = slices.IndexFunc(band.Fields, func(f counter.Field) bool { return f.Focus })
	}
}

// active returns the field that is typed into, nil if there is none.
func (s *fieldset) active() *field {
	if s.on < 0 || s.on >= len(s.fields) {
		return nil
	}
	return &s.fields[s.on]
}

// next goes on to the field after the active one, or back to the first.
func (s *fieldset) next() {
	if len(s.fields) > 0 {
		s.on = (s.on + 1) % len(s.fields)
	}
}

// values returns what stands in the fields, by name; nil if there are none.
func (s *fieldset) values() map[string]string {
	if len(s.fields) == 0 {
		return nil
	}
	values := make(map[string]string, len(s.fields))
	for _, f := range s.fields {
		values[f.Name] = string(f.text)
	}
	return values
}

// copy returns the fields as they are now, to go back to.
func (s *fieldset) copy() fieldset {
	kept := fieldset{band: s.band, fields: slices.Clone(s.fields), on: s.on}
	for i := range kept.fields {
		kept.fields[i].text = slices.Clone(kept.fields[i].text)
	}
	return kept
}
