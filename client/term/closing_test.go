package term_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/term"
)

// stage is the shop's desk on a terminal.
func (s *shop) stage(env counter.DeskEnv) *term.Stage {
	s.t.Helper()
	env.Words = assets.NewSpeaker("ko")
	desk := counter.NewDesk(s.c, env)
	return term.NewStage(func(e counter.Event) counter.Screen { return desk.Handle(s.t.Context(), e) }, term.WordsOf(env.Words))
}

func says(t *testing.T, st *term.Stage, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(st.Text(), w) {
			t.Errorf("the terminal does not say %q:\n%s", w, st.Text())
		}
	}
}

func TestTheDayIsClosedOnATerminal(t *testing.T) {
	s := newShop(t, loan("l1", "0371", "2026-11-27")...)
	s.want(8, "", "--wait=0s", "return", "0371")
	printed := ""
	st := s.stage(counter.DeskEnv{Kick: func() {}, Print: func(p counter.Paper) error { printed = p.Sheet.Name; return nil }})
	st.Press('9', tea.ModCtrl)
	says(t, st, "하루를 마감합니다", "손님께 돌려줄 돈 1", "보낼 것", "^9", "단말기 매출 합계")
	st.Type("15000").Press(tea.KeyTab).Type("1000").Press(tea.KeyEnter)
	says(t, st, "단말기가 더 많습니다", "15,000원 (+15,000)", "1,000원 (+1,000)", "지금 보내기")
	st.Type("1")
	says(t, st, "마감했습니다", "뽑는 중: 마감표")
	if printed != "마감표" {
		t.Errorf("printed %q", printed)
	}
	st.Type("1")
	says(t, st, "프로그램을 닫을까요?")
}

func TestSettingsOnATerminal(t *testing.T) {
	s := newShop(t)
	st := s.stage(counter.DeskEnv{Print: func(counter.Paper) error { return nil }})
	st.Press('5', tea.ModCtrl)
	says(t, st, "이 PC의 설정", "확인증 프린터", "전체 화면으로 열기")
	st.Press(tea.KeyDown)
	says(t, st, "예: tcp:192.168.0.50")
	st.Type("tcp:192.0.2.7").Press(tea.KeyEnter)
	says(t, st, "저장했습니다: 확인증 프린터", "tcp:192.0.2.7")
	for range 5 {
		st.Press(tea.KeyDown)
	}
	st.Type("2")
	says(t, st, "Saved: Language", "Settings of this PC", "Slip printer")
}
