package hangul

import (
	"strings"
	"unicode/utf8"
)

// The letters of a syllable in the order of Unicode's arithmetic: syllable = 가 + (lead*21 + vowel)*28 + tail, where tail 0
// is none. Each letter takes three bytes, which is how at and index count.
const (
	leads  = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
	vowels = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
	tails  = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

	firstSyllable, lastSyllable = '가', '힣'
	vowelCount, tailCount       = 21, 28
)

// compounds lists every letter typed with two keys, followed by the two. ㄲ, ㅆ and the like have a key of their own.
const compounds = "ㄳㄱㅅㄵㄴㅈㄶㄴㅎㄺㄹㄱㄻㄹㅁㄼㄹㅂㄽㄹㅅㄾㄹㅌㄿㄹㅍㅀㄹㅎㅄㅂㅅ" +
	"ㅘㅗㅏㅙㅗㅐㅚㅗㅣㅝㅜㅓㅞㅜㅔㅟㅜㅣㅢㅡㅣ"

// The two-set keyboard (두벌식, KS X 5002): the jamo at a place and the QWERTY letter at the same place of the other line.
const (
	keyJamo    = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ"
	keyLetters = "qwertyuiopasdfghjklzxcvbnmQWERTOP"
)

const jamoBytes = 3

// at returns the i-th letter of one of the tables above.
func at(table string, i int) rune {
	r, _ := utf8.DecodeRuneInString(table[i*jamoBytes:])
	return r
}

// index returns the place of r in one of the tables above, or -1.
func index(table string, r rune) int {
	if i := strings.IndexRune(table, r); i >= 0 {
		return i / jamoBytes
	}
	return -1
}

// block is a syllable in the making, 0 for a letter that is not there. A tail has a lead and a vowel before it.
type block struct{ lead, vowel, tail rune }

// split takes a whole syllable apart; false when r is none.
func split(r rune) (block, bool) {
	if r < firstSyllable || r > lastSyllable {
		return block{}, false
	}
	n := int(r - firstSyllable)
	b := block{lead: at(leads, n/(vowelCount*tailCount)), vowel: at(vowels, n/tailCount%vowelCount)}
	if tail := n % tailCount; tail > 0 {
		b.tail = at(tails, tail-1)
	}
	return b, true
}

// rune returns b as one character, 0 when it is empty.
func (b block) rune() rune {
	switch {
	case b.lead == 0:
		return b.vowel
	case b.vowel == 0:
		return b.lead
	}
	n := (index(leads, b.lead)*vowelCount + index(vowels, b.vowel)) * tailCount
	if b.tail != 0 {
		n += index(tails, b.tail) + 1
	}
	return firstSyllable + rune(n)
}

// join returns the compound of two letters, 0 when they make none.
func join(first, second rune) rune {
	for i := 0; i < len(compounds)/jamoBytes; i += 3 {
		if at(compounds, i+1) == first && at(compounds, i+2) == second {
			return at(compounds, i)
		}
	}
	return 0
}

// part returns the two letters that a compound is typed with; any other letter is first alone.
func part(r rune) (first, second rune) {
	for i := 0; i < len(compounds)/jamoBytes; i += 3 {
		if at(compounds, i) == r {
			return at(compounds, i+1), at(compounds, i+2)
		}
	}
	return r, 0
}

// isConsonant reports whether r is a compatibility consonant, clusters included.
func isConsonant(r rune) bool { return 'ㄱ' <= r && r <= 'ㅎ' }

// isVowel reports whether r is a compatibility vowel, compounds included.
func isVowel(r rune) bool { return 'ㅏ' <= r && r <= 'ㅣ' }

// compatible turns a conjoining letter (U+1100 to U+11C2) that stands alone into the one that keyboards give.
func compatible(r rune) rune {
	switch {
	case 0x1100 <= r && r <= 0x1112:
		return at(leads, int(r-0x1100))
	case 0x1161 <= r && r <= 0x1175:
		return at(vowels, int(r-0x1161))
	case 0x11a8 <= r && r <= 0x11c2:
		return at(tails, int(r-0x11a8))
	}
	return r
}

// initial returns the initial consonant of a syllable and any other character as it is.
func initial(r rune) rune {
	if b, ok := split(r); ok {
		return b.lead
	}
	return r
}
