package term

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/client/counter"
)

// wordsKo is a question with a field of words that searches, and one of digits.
func wordsKo() counter.Screen {
	s := afterReturn()
	s.Band.ID, s.Band.Step, s.Band.Big = "words", "", ""
	s.Band.Fields = []counter.Field{{Name: "find", Label: "찾을 말", Focus: true, Search: true}, {Name: "count", Label: "권수", Digits: true}}
	return s
}

// texts returns what the desk was told of typing, and forgets it.
func (ty *typist) texts() string {
	var texts []string
	for _, e := range ty.events {
		if e.Typed != nil {
			texts = append(texts, e.Typed.Field+" "+e.Typed.Text)
		}
	}
	return strings.Join(texts, "|")
}

func TestLettersBecomeSyllablesAndEnterLosesNone(t *testing.T) {
	ty := newTypist(t, wordsKo())
	ty.press(' ', tea.ModCtrl).keys("gksrmf", hand)
	if got := ty.m.View().Content; !strings.Contains(escapes.ReplaceAllString(got, ""), "한글") || !strings.Contains(got, "\x1b[") {
		t.Error("the syllables are not shown as they are made")
	}
	if got := ty.texts(); got != "find ㅎ|find 하|find 한|find 한ㄱ|find 한그|find 한글" {
		t.Errorf("told %q", got)
	}
	ty.events = nil
	ty.press(tea.KeyEnter)
	ty.want("Enter map[count: find:한글]")
	next := wordsKo()
	next.Band.ID = "next"
	ty.next = func(counter.Event) counter.Screen { return next }
	ty.press(tea.KeyF5)
	ty.events = nil
	ty.keys("rk", hand).press(tea.KeyEnter)
	ty.want("Enter map[count: find:가]")
}

func TestBackspaceTakesAKeyOfTheSyllableAndMovingEndsIt(t *testing.T) {
	ty := newTypist(t, wordsKo())
	ty.press('@', tea.ModCtrl).keys("gksrmf", hand).press(tea.KeyBackspace).rest(time.Second).press(tea.KeyBackspace)
	if got := ty.m.fields.lines[0].Text(); got != "한ㄱ" {
		t.Errorf("got %q", got)
	}
	ty.press(tea.KeyTab).keys("12", hand).press(tea.KeyTab).keys("k", hand).rest(time.Second)
	if got := ty.m.fields.byName(ty.m.screen.Band); got["find"] != "한ㄱㅏ" || got["count"] != "12" {
		t.Errorf("got %v", got)
	}
}

// TestALateSyllableOfTheSystemIsPartOfItsInput is what nabi does: Enter comes before
// the syllable that it ends.
func TestALateSyllableOfTheSystemIsPartOfItsInput(t *testing.T) {
	for _, typed := range []string{"한글", "글"} {
		ty := newTypist(t, wordsKo())
		signs := []rune(typed)
		ty.keys(string(signs[:len(signs)-1]), hand).press(tea.KeyEnter)
		ty.want()
		ty.keys(string(signs[len(signs)-1:]), 10*time.Millisecond)
		ty.send(enterMsg(1)) // too late to do it again
		ty.want("Enter map[count: find:" + typed + "]")
	}
	ty := newTypist(t, wordsKo())
	ty.keys("abc", hand).press(tea.KeyEnter).send(enterMsg(1))
	ty.want("Enter map[count: find:abc]")
	ty = newTypist(t, requests())
	ty.keys("한", hand).press(tea.KeyEnter).keys("글", 5*time.Millisecond)
	ty.want("scan 한글")
	ty.press(tea.KeyEnter).keys("책", 5*time.Millisecond)
	ty.want("scan 책")
}

func TestAScanInAFieldOfWordsIsNotHeldUp(t *testing.T) {
	ty := newTypist(t, wordsKo())
	ty.press(' ', tea.ModCtrl).keys("gks", hand).rest(time.Second).keys(code, wedge).press(tea.KeyEnter)
	ty.want("scan " + code)
	if got := ty.m.fields.lines[0].Text(); got != "한" {
		t.Errorf("the field holds %q", got)
	}
	ty.press(' ', tea.ModCtrl)
	ty.rest(time.Second).keys(code, wedge).press(tea.KeyEnter)
	ty.want("scan " + code)
}

func TestWordsInTheScanFieldAreToldAndCodesAreNot(t *testing.T) {
	ty := newTypist(t, requests())
	ty.keys("9788", wedge)
	if got := ty.texts(); got != "" {
		t.Errorf("told %q", got)
	}
	ty.press(tea.KeyEscape)
	ty.keys("불편", hand).press(tea.KeyEscape)
	if got := ty.texts(); got != " 불| 불편| " {
		t.Errorf("told %q", got)
	}
}
