package assets

import (
	"strings"
	"unicode"
)

// particle is one Korean particle: after a final consonant and after a vowel.
type particle struct {
	closed, open string
	rieulOpen    bool // a final ㄹ counts as open: 서울로, not 서울으로
}

// particles returns those that messages may use, written (closed/open).
func particles() []particle {
	return []particle{
		{closed: "은", open: "는"}, {closed: "이", open: "가"}, {closed: "을", open: "를"},
		{closed: "과", open: "와"}, {closed: "이나", open: "나"}, {closed: "이라", open: "라"},
		{closed: "으로", open: "로", rieulOpen: true},
	}
}

// Particles replaces each particle that is written in both forms, such as
// (은/는), (이/가), (을/를), (과/와), (이나/나), (이라/라) and (으로/로), by the form
// that the word before it asks for. Digits and Latin letters count as they are
// read aloud; closing quotes, brackets and masking stars are looked through.
// After a word that cannot be read, such as one in Hanja, both stay: 을(를).
func Particles(text string) string {
	if !strings.Contains(text, "/") {
		return text
	}
	for _, p := range particles() {
		text = p.settle(text)
	}
	return text
}

func (p particle) settle(text string) string {
	both := "(" + p.closed + "/" + p.open + ")"
	var settled strings.Builder
	for {
		before, after, found := strings.Cut(text, both)
		settled.WriteString(before)
		if !found {
			return settled.String()
		}
		settled.WriteString(p.after(settled.String()))
		text = after
	}
}

func (p particle) after(word string) string {
	switch endingOf(word) {
	case endsOpen:
		return p.open
	case endsRieul:
		if p.rieulOpen {
			return p.open
		}
		return p.closed
	case endsClosed:
		return p.closed
	}
	return p.closed + "(" + p.open + ")"
}

// ending is how a word sounds at its end.
type ending int

const (
	endsUnread ending = iota // not readable
	endsOpen                 // vowel
	endsRieul                // ㄹ
	endsClosed               // any other consonant
)

func endingOf(text string) ending {
	word := strings.TrimRightFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	runes := []rune(word)
	if len(runes) == 0 {
		return endsUnread
	}
	last := runes[len(runes)-1]
	switch {
	case last >= '가' && last <= '힣':
		return syllableEnding(last)
	case last >= '0' && last <= '9':
		return digitEnding(last)
	case last >= 'A' && last <= 'Z':
		return capitalEnding(last)
	case last >= 'a' && last <= 'z':
		return smallEnding(last)
	}
	return endsUnread
}

func syllableEnding(syllable rune) ending {
	const finals, rieul = 28, 8 // a syllable's code is ((initial*21)+medial)*28+final
	switch (syllable - '가') % finals {
	case 0:
		return endsOpen
	case rieul:
		return endsRieul
	}
	return endsClosed
}

// digitEnding: 영 일 이 삼 사 오 육 칠 팔 구; a final 0 is 십, 백, 천, 만 or 영, all closed.
func digitEnding(digit rune) ending {
	switch digit {
	case '1', '7', '8':
		return endsRieul
	case '0', '3', '6':
		return endsClosed
	}
	return endsOpen
}

// capitalEnding takes the letter by its name: 엘, 알; 엠, 엔; the others end open.
func capitalEnding(letter rune) ending {
	switch letter {
	case 'L', 'R':
		return endsRieul
	case 'M', 'N':
		return endsClosed
	}
	return endsOpen
}

// smallEnding takes the letter as the end of an English word: 북(book), 넷(net).
func smallEnding(letter rune) ending {
	switch letter {
	case 'l':
		return endsRieul
	case 'b', 'c', 'k', 'm', 'n', 'p', 't':
		return endsClosed
	}
	return endsOpen
}
