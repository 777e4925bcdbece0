package hangul

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxKeyed is how many characters of a text, after Fold, Keys and QueryKeys make tokens of; what follows is not found.
const MaxKeyed = 256

// Fold returns s as search compares it: NFC, lower case, full-width signs narrow, lone consonant clusters taken apart
// (ㄳ is what keyboards make of ㄱㅅ), and nothing but letters, digits and their marks, so spaces do not matter.
func Fold(s string) string { return strings.Join(words(s), "") }

// Initials returns Fold(s) with each syllable as its initial consonant (초성): "불편한 편의점 2" is "ㅂㅍㅎㅍㅇㅈ2".
func Initials(s string) string { return strings.Map(initial, Fold(s)) }

// AllInitials reports whether q is a question by initial consonants: at least one, and besides them only spaces.
func AllInitials(q string) bool {
	folded := Fold(q)
	return folded != "" && strings.IndexFunc(folded, func(r rune) bool { return !isConsonant(r) }) < 0
}

// Keys returns the tokens that an index holds for s, each once, in the order of first appearance:
// every two neighbouring characters of Fold(s), the same two as initial consonants, and the first character of every word
// alone, both ways. Words are cut at whatever Fold drops. About three tokens a syllable.
func Keys(s string) []string {
	var tokens []string
	var joined []rune
	for _, word := range words(s) {
		first := []rune(word)[0]
		if len(joined) < MaxKeyed {
			tokens = append(tokens, string(first), string(initial(first)))
		}
		joined = append(joined, []rune(word)...)
	}
	joined = joined[:min(len(joined), MaxKeyed)]
	for i := 1; i < len(joined); i++ {
		a, b := joined[i-1], joined[i]
		tokens = append(tokens, string([]rune{a, b}), string([]rune{initial(a), initial(b)}))
	}
	return unique(tokens)
}

// QueryKeys returns the tokens that every answer to q has among its Keys, each once; none when q holds no letter or
// digit. Syllables and initial consonants may be mixed ("불편ㅎ"); words may stand in any order; words of one character
// are left to Matches unless they are all there is. The tokens find a little too much: Matches decides.
func QueryKeys(q string) []string {
	var tokens []string
	asked := queryWords(q)
	for _, word := range asked {
		runes := []rune(word)
		runes = runes[:min(len(runes), MaxKeyed)]
		if len(runes) == 1 && len(asked) == 1 {
			return []string{word}
		}
		for i := 1; i < len(runes); i++ {
			a, b := runes[i-1], runes[i]
			if isConsonant(a) || isConsonant(b) {
				a, b = initial(a), initial(b)
			}
			tokens = append(tokens, string([]rune{a, b}))
		}
	}
	return unique(tokens)
}

// Matches reports whether text answers q, as Question.Matches does.
func Matches(text, q string) bool { return Ask(q).Matches(text) }

// Question is a question made ready to be put to many texts.
type Question struct{ words [][]rune }

// Ask makes a question ready.
func Ask(q string) Question {
	var asked Question
	for _, word := range queryWords(q) {
		asked.words = append(asked.words, []rune(word))
	}
	return asked
}

// Matches reports whether text answers the question: each word of it is in Fold(text), a consonant in it standing for any
// syllable that begins with it. A question of one character asks for a word that begins so. An empty question has no
// answer.
func (q Question) Matches(text string) bool {
	if len(q.words) == 1 && len(q.words[0]) == 1 {
		return slices.ContainsFunc(words(text), func(word string) bool { return contains([]rune(word)[:1], q.words[0]) })
	}
	folded := []rune(Fold(text))
	for _, word := range q.words {
		if !contains(folded, word) {
			return false
		}
	}
	return len(q.words) > 0
}

// queryWords returns the words of q; words that are all of one character ("총 균 쇠") are one word.
func queryWords(q string) []string {
	asked := words(q)
	if len(asked) > 0 && !slices.ContainsFunc(asked, func(word string) bool { return len([]rune(word)) > 1 }) {
		return []string{strings.Join(asked, "")}
	}
	return asked
}

// contains reports whether q stands somewhere in text, by the rule of Matches.
func contains(text, q []rune) bool {
	same := func(q, t rune) bool { return q == t || isConsonant(q) && q == initial(t) }
	for start := 0; start+len(q) <= len(text); start++ {
		if slices.EqualFunc(q, text[start:start+len(q)], same) {
			return true
		}
	}
	return false
}

// words returns the folded words of s, none of them empty.
func words(s string) []string {
	var b strings.Builder
	for _, r := range composed(s) {
		if '！' <= r && r <= '～' {
			r -= '！' - '!'
		}
		r = unicode.ToLower(compatible(r))
		switch {
		case isConsonant(r):
			first, second := part(r)
			b.WriteRune(first)
			if second != 0 {
				b.WriteRune(second)
			}
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(composed(b.String()))
}

// composed returns s in NFC; quickly where it holds nothing that could compose, which is nearly always.
func composed(s string) string {
	for _, r := range s {
		switch {
		case r < 0x300, r >= '가' && r <= '힣', r >= 'ㄱ' && r <= 'ㆎ', r >= 0x4E00 && r <= 0x9FFF:
		default:
			return norm.NFC.String(s)
		}
	}
	return s
}

// unique drops every token but its first.
func unique(tokens []string) []string {
	seen := make(map[string]bool, len(tokens))
	kept := tokens[:0]
	for _, token := range tokens {
		if !seen[token] {
			seen[token] = true
			kept = append(kept, token)
		}
	}
	return kept
}
