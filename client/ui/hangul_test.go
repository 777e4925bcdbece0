package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/scan"
)

// inHangul is what the keys of a text type while the two-set Hangul input is on, for a
// program that gets single signs.
func inHangul(text string) string {
	return strings.NewReplacer("]E", "]ㄸ", "]C", "]ㅊ", "X", "ㅌ", "x", "ㅌ", "I", "ㅑ", "S", "ㄴ", "B", "ㅠ", "N", "ㅜ").Replace(text)
}

// ten is the ten-sign form of an ISBN; its last sign is X for one in eleven.
func ten(code string) string {
	sum := 0
	for i, r := range code[3:12] {
		sum += int(r-'0') * (10 - i)
	}
	return code[3:12] + string("0123456789X"[(11-sum%11)%11])
}

func TestThreeHundredCodesTypedInHangulModeAreThoseCodes(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	letters := 0
	for i := range 300 {
		want := ean(i)
		code := want
		switch i % 3 {
		case 1:
			code = ten(want)
		case 2:
			code = "]E0" + want
		}
		if strings.ContainsAny(code, "XE") {
			letters++
		}
		s.scan(inHangul(code), 1)
		if i%2 == 0 { // else the next one comes while Enter still waits for a syllable
			s.pass(200)
		}
	}
	s.pass(200)
	if len(s.events) != 300 {
		t.Fatalf("300 codes became %d events", len(s.events))
	}
	for i, e := range s.events {
		if got := scan.Classify(e.Scan); got.Kind != scan.Book || string(got.ISBN) != ean(i) {
			t.Errorf("scan %d of %s is %+v", i, ean(i), got)
		}
	}
	if letters < 100 {
		t.Errorf("only %d codes with letters", letters)
	}
	if fmt.Sprint(s.face.scan.shown.Hint) != requestsKo().Scan.Hint || s.face.keys.typed() != "" {
		t.Errorf("%q stands in the scan field", s.face.keys.typed())
	}
}
