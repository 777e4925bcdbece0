package hangul

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// ToQWERTY returns the letters of the keys that were pressed to type s with the Hangul keyboard on: "ㅠㅔ" is "bp",
// "까" is "Rk". Characters that are not Hangul stay. Whether Shift was held is only known where it makes a difference.
func ToQWERTY(s string) string {
	var b strings.Builder
	key := func(r rune) {
		first, second := part(r)
		b.WriteByte(keyLetters[index(keyJamo, first)])
		if second != 0 {
			b.WriteByte(keyLetters[index(keyJamo, second)])
		}
	}
	for _, r := range norm.NFC.String(s) {
		r = compatible(r)
		syllable, ok := split(r)
		switch {
		case ok:
			key(syllable.lead)
			key(syllable.vowel)
			if syllable.tail != 0 {
				key(syllable.tail)
			}
		case isConsonant(r), isVowel(r):
			key(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// FromQWERTY returns what s is when its keys are pressed with the Hangul keyboard on: "qnfvus" is "불편". It is the
// inverse of ToQWERTY for whole syllables.
func FromQWERTY(s string) string {
	var c Composer
	for _, r := range s {
		c.Feed(r)
	}
	return c.Text()
}

// Composer makes Hangul of the letters of a two-set keyboard, for fields whose system shows no half-made syllables.
// The zero value is an empty text. It is not safe for use by several goroutines.
type Composer struct {
	done []rune
	now  block
}

// Feed takes the next key: a QWERTY letter or a jamo goes into the syllable; anything else ends it and is added as it is.
func (c *Composer) Feed(r rune) {
	if i := strings.IndexRune(keyLetters, r); i >= 0 {
		r = at(keyJamo, i)
	} else if i := strings.IndexRune(keyLetters, r+'a'-'A'); 'A' <= r && r <= 'Z' && i >= 0 {
		r = at(keyJamo, i) // Shift makes no difference to this key
	}
	switch {
	case isVowel(r):
		c.vowel(r)
	case isConsonant(r):
		c.consonant(r)
	default:
		c.Commit()
		c.done = append(c.done, r)
	}
}

// vowel puts v into the syllable. After a tail it takes the tail's last key with it: 각 + ㅏ is 가가.
func (c *Composer) vowel(v rune) {
	switch {
	case c.now.tail != 0:
		stays, moves := part(c.now.tail)
		if moves == 0 {
			stays, moves = 0, stays
		}
		c.now.tail = stays
		c.Commit()
		c.now = block{lead: moves, vowel: v}
	case c.now.vowel == 0:
		c.now.vowel = v
	case join(c.now.vowel, v) != 0:
		c.now.vowel = join(c.now.vowel, v)
	default:
		c.Commit()
		c.now.vowel = v
	}
}

// consonant puts r into the syllable. Two consonants without a vowel stay two, as a search by initials needs them.
func (c *Composer) consonant(r rune) {
	switch {
	case c.now.lead != 0 && c.now.vowel != 0 && c.now.tail == 0 && index(tails, r) >= 0:
		c.now.tail = r
	case c.now.tail != 0 && join(c.now.tail, r) != 0:
		c.now.tail = join(c.now.tail, r)
	default:
		c.Commit()
		c.now.lead = r
	}
}

// Backspace takes the last key of the syllable in the making back; when there is none, the last character. It reports
// whether there was anything to take back.
func (c *Composer) Backspace() bool {
	for _, letter := range []*rune{&c.now.tail, &c.now.vowel, &c.now.lead} {
		if *letter == 0 {
			continue
		}
		first, second := part(*letter)
		if second == 0 {
			first = 0
		}
		*letter = first
		return true
	}
	if len(c.done) == 0 {
		return false
	}
	c.done = c.done[:len(c.done)-1]
	return true
}

// Commit ends the syllable in the making, as leaving the field or switching the keyboard does.
func (c *Composer) Commit() {
	if r := c.now.rune(); r != 0 {
		c.done = append(c.done, r)
	}
	c.now = block{}
}

// Text returns all of the text, with the syllable in the making as far as it is.
func (c *Composer) Text() string { return string(c.done) + c.Composing() }

// Composing returns the syllable in the making, the last character of Text, to be shown underlined; "" when there is none.
func (c *Composer) Composing() string {
	if r := c.now.rune(); r != 0 {
		return string(r)
	}
	return ""
}

// Reset empties the text and begins with s, all of it committed.
func (c *Composer) Reset(s string) { *c = Composer{done: []rune(norm.NFC.String(s))} }
