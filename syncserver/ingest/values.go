package ingest

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// The limits of a text that is taken from a file, in bytes; longer ones are cut
// with a note.
const (
	MaxName = 600 // a title's, store's or library's name: 200 Hangul
	MaxText = 300 // anything else
)

// won reads an amount: "14,000", "14000원", "₩14,000", "13500.0"; 0 when it says
// that there is none. ok is false for anything else.
func won(s string) (payback.Won, bool) {
	s = strings.Map(func(r rune) rune {
		if r == ',' || unicode.IsSpace(r) || r == '원' || r == '₩' || r == '￦' || r == '\\' {
			return -1
		}
		return r
	}, s)
	switch s {
	case "", "-", "미정", "가격미정", "비매품":
		return 0, true
	}
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(part, "0") != "" || n < 0 || n > payback.MaxAmount {
		return 0, false
	}
	return payback.Won(n), true
}

// count reads a number of copies, 0 to 9999.
func count(s string) (int, bool) {
	whole, part, _ := strings.Cut(strings.TrimSuffix(strings.ReplaceAll(s, ",", ""), "권"), ".")
	n, err := strconv.Atoi(strings.TrimSpace(whole))
	return n, err == nil && strings.Trim(part, "0") == "" && n >= 0 && n <= 9999
}

// The years of publication that can be right; next is how many years ahead a
// book may be announced.
const (
	firstYear = 1800
	nextYears = 2
)

// published reads a day, month or year of publication in the ways that lists
// write it: "2020년 10월 08일", "2026-07-30", "2020.10", "20201008", "c2002",
// "2002[실은 20". ok is false when there is no year in it that can be right.
func published(s string, now time.Time) (string, bool) {
	if s == "" || s == "-" {
		return "", true
	}
	numbers := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if len(numbers) > 0 && (len(numbers[0]) == 8 || len(numbers[0]) == 6) {
		n := numbers[0]
		numbers = append([]string{n[:4], n[4:6]}, append(part(n, 6), numbers[1:]...)...)
	}
	for i, n := range numbers {
		year, _ := strconv.Atoi(n)
		if len(n) != 4 || year < firstYear || year > now.Year()+nextYears {
			continue
		}
		return day(n, numbers[i+1:], strings.ContainsAny(s, "[?")), true
	}
	return "", false
}

func part(n string, from int) []string {
	if len(n) <= from {
		return nil
	}
	return []string{n[from:]}
}

// day puts a year with what follows it into the form of payback.Title.Published.
// What can't be a month or day is left out, and so is all of a doubtful date.
func day(year string, rest []string, doubtful bool) string {
	if doubtful || len(rest) == 0 || len(rest[0]) > 2 {
		return year
	}
	month := pad(rest[0])
	if month < "01" || month > "12" {
		return year
	}
	if len(rest) > 1 && len(rest[1]) <= 2 {
		full := year + "-" + month + "-" + pad(rest[1])
		if _, err := payback.ParseDate(full); err == nil {
			return full
		}
	}
	return year + "-" + month
}

func pad(n string) string {
	if len(n) < 2 {
		return "0" + n
	}
	return n
}

// phone reads a Korean telephone number as digits: "010-0000-1000", "+82 10 …",
// and what a spreadsheet left of it by dropping the zero in front. "" stays "".
func phone(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r == '-' || r == ' ' || r == '.' || r == '(' || r == ')' || r == '+':
			return -1
		}
		return 'x'
	}, s)
	if digits == "" {
		return "", strings.TrimSpace(s) == ""
	}
	digits = strings.TrimPrefix(digits, "82")
	if !strings.HasPrefix(digits, "0") {
		digits = "0" + digits
	}
	good := len(digits) >= 9 && len(digits) <= 11 && strings.Trim(digits, "0123456789") == ""
	return digits, good
}

// The words by which lists say how a resident stands.
const (
	statusGood = " 정회원 정상 활성 이용가능 유효 회원 active ok normal valid 1 y "
	statusBad  = " 준회원 정지 이용정지 대출정지 중지 제한 탈퇴 제적 휴면 만료 blocked suspended inactive expired withdrawn 0 n "
)

// blocked reads a resident's status; ok is false for a word that nobody knows.
func blocked(s string) (is, ok bool) {
	word := " " + plain(s) + " "
	switch {
	case s == "" || strings.Contains(statusGood, word):
		return false, true
	case strings.Contains(statusBad, word):
		return true, true
	}
	return false, false
}

// The words by which lists name a bestseller, and any other title.
const (
	classBest  = " bestseller best 베스트셀러 베스트 인기 인기도서 y 1 "
	classPlain = " other normal 일반 기타 일반도서 n 0 "
)

// class reads a title's class; ok is false for a word that nobody knows.
func class(s string) (string, bool) {
	word := " " + plain(s) + " "
	switch {
	case plain(s) == "" || strings.Contains(classPlain, word):
		return "", true
	case strings.Contains(classBest, word):
		return payback.Bestseller, true
	}
	return "", false
}

// code checks an id that people gave: letters, digits, "-", "_", "."; at most
// payback.MaxID bytes. A slash would part a key.
func code(s string) bool {
	if s == "" || len(s) > payback.MaxID {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// list cuts a cell with several values.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ',' || r == '|' || unicode.IsSpace(r) })
}
