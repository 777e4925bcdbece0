package ui

import (
	"slices"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/hangul"
)

// maxField is how many signs a field of the band takes; more are not taken.
const maxField = 64

// field is one input of the band while it is typed into.
type field struct {
	counter.Field
	line hangul.Line
}

// insert types a sign at the caret. A field of digits takes full-width digits as
// digits, and nothing else.
func (f *field) insert(r rune) {
	if r >= '０' && r <= '９' && f.Digits {
		r += '0' - '０'
	}
	if f.Digits && (r < '0' || r > '9') || f.line.Len() >= maxField || r < ' ' {
		return
	}
	f.line.Insert(r)
}

// fieldset is the fields of the band.
type fieldset struct {
	band   string // the band's ID
	fields []field
	on     int  // the one that is typed into; -1 for none
	hangul bool // letters typed into a field of words make syllables
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
		s.fields[i] = field{Field: f, line: hangul.NewLine(f.Value)}
		s.fields[i].line.Hangul = s.hangul && !f.Digits
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
		s.commit()
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
		values[f.Name] = f.line.Text()
	}
	return values
}

// copy returns the fields as they are now, to go back to.
func (s *fieldset) copy() fieldset {
	kept := *s
	kept.fields = slices.Clone(s.fields)
	for i := range kept.fields {
		kept.fields[i].line = s.fields[i].line.Clone()
	}
	return kept
}

// commit ends the syllable in the making, as whatever leaves the field does.
func (s *fieldset) commit() {
	if f := s.active(); f != nil {
		f.line.Commit()
	}
}

// compose sets whether letters make syllables; fields of digits stay out of it.
func (s *fieldset) compose(on bool) {
	s.commit()
	s.hangul = on
	for i := range s.fields {
		s.fields[i].line.Hangul = on && !s.fields[i].Digits
	}
}
