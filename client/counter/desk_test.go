package counter_test

import (
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

const ask = assets.State(counter.ToneAsk)

func TestBadInputGetsAClearSentenceAndRecordsNothing(t *testing.T) {
	for _, c := range []struct {
		name, code, want string
		tone             assets.State
	}{
		{"damaged bar code", "9791161571189", "다시 찍어 주세요", assets.StateNot},
		{"bar code read in part", "9791161571", "다시 찍어 주세요", assets.StateNot},
		{"a magazine", "9771234567003", "책 바코드가 아닙니다", assets.StateLook},
		{"goods", "8801062475360", "책 바코드가 아닙니다", assets.StateLook},
		{"a book that nothing is open for", other, "우리 서점의 신청이나 대출이 없습니다", assets.StateLook},
		{"a book nobody has described", "9788954692410", "ISBN 9788954692410", assets.StateLook},
		{"an unknown pick-up number", "4711", "아직 오지 않은 신청", assets.StateLook},
		{"an unknown card", "99887766", "이 회원증으로 열린 일이 없습니다", assets.StateLook},
		{"words that no title has", "없는제목입니다", "찾은 도서가 없습니다", assets.StateLook},
		{"a payment card", "4111111111111111", "결제 카드 번호는 받지 않습니다", assets.StateNot},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "ko")
			w.scan(c.code)
			w.says(c.tone, c.want)
			if w.waiting() != 0 {
				t.Error("something was recorded")
			}
			want := counter.SoundNot
			if c.tone == assets.StateLook {
				want = counter.SoundLook
			}
			if w.last.Sound != want {
				t.Errorf("sound %q", w.last.Sound)
			}
		})
	}
}

func TestALoanOfAnotherStoreIsNotOurs(t *testing.T) {
	w := newWorld(t, "ko")
	w.scan(book) // sold by another store: no row of it is here
	w.says(assets.StateLook, "불편한 편의점", "우리 책 아님", "산 서점에서 반납")
}

func TestACardFindsWhatItsResidentHasOpen(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.scan(card)
	w.says(ask, "판매", "불편한 편의점")
}

func TestTheLastFourDigitsOfAPhoneFindThePerson(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.scan("7001")
	w.says(ask, "판매")
}

func TestADoubleTriggerOnlyTicks(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.scan(book)
	n := w.waiting()
	first := w.last
	w.clock.Advance(scan.DoubleTriggerMs * time.Millisecond / 2)
	w.at(counter.Event{Scan: book})
	if w.last.Sound != counter.SoundTick || w.last.Band.ID != first.Band.ID || w.waiting() != n {
		t.Errorf("sound %q, %d recorded", w.last.Sound, w.waiting())
	}
	w.key("F6") // one more of the same on purpose
	if w.last.Band.ID == first.Band.ID {
		t.Error("F6 did nothing")
	}
}

func TestAScanWhileAQuestionIsOpenKeepsTheQuestionInTheList(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.scan(book)
	w.scan(other)
	w.says(assets.StateLook, "아몬드")
	w.key("F7")
	if len(w.last.List.Rows) != 1 || w.last.List.Rows[0].Title != "불편한 편의점" || w.last.List.Rows[0].Mark != assets.StateDecide {
		t.Fatalf("cases %+v", w.last.List.Rows)
	}
	w.says(ask, "반납", "불편한 편의점")
	w.key("1")
	w.says(assets.StateDone, "책 받음")
	if n := len(w.last.List.Rows); n != 0 {
		t.Errorf("%d questions are still open after it was answered", n)
	}
}

func TestEscAlwaysReturnsToTheScanField(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.lend(2, -4)
	w.place(3, unpriced, payback.Placed)
	for _, keys := range [][]string{{}, {"1"}, {"2"}, {"1", "2"}, {"F8"}, {"F1"}, {"Ctrl+L"}, {"Ctrl+Q"}, {"F3", "2"}, {"F3", "3"}} {
		w.scan(book)
		for _, k := range keys {
			w.key(k)
		}
		for range 4 {
			w.key("Esc")
		}
		if w.last.Band.Title != "" || len(w.last.Help) > 0 || w.last.Quit {
			t.Errorf("after %v the band says %q", keys, w.last.Band.Title)
		}
	}
}

func TestANewRequestIsHeardAndOneThatWasThereIsNot(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	if w.do(counter.Event{News: true}); w.last.Sound != counter.Silent {
		t.Errorf("sound %q at the start", w.last.Sound)
	}
	w.place(2, book, payback.Placed)
	if w.do(counter.Event{News: true}); w.last.Sound != counter.SoundNew {
		t.Errorf("sound %q", w.last.Sound)
	}
	if w.do(counter.Event{News: true}); w.last.Sound != counter.Silent {
		t.Errorf("sound %q again", w.last.Sound)
	}
}

func TestNewsLeavesTheQuestionAsItIs(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.scan(book)
	w.key("1")
	before := w.last.Band
	w.do(counter.Event{News: true})
	if w.last.Band.ID != before.ID || w.last.Band.Title != before.Title {
		t.Errorf("the band became %+v", w.last.Band)
	}
}

func TestTheHeaderSaysWhatIsUnsentAndThatTheServerIsOutOfReach(t *testing.T) {
	w := newWorld(t, "ko")
	w.do(counter.Event{News: true})
	if w.last.Header.Waiting != 0 || w.last.Header.WaitWord != "확인하는 중" || w.last.Header.Sync != assets.StateLook || w.last.Header.Store != "반포서점" {
		t.Errorf("header %+v", w.last.Header)
	}
	w.place(1, book, payback.Placed)
	w.scan(book)
	st, err := w.db.SyncState(t.Context())
	must(t, err)
	st.Fails, st.Cause = 2, payback.Reason{Key: "sync.offline"}
	must(t, w.db.SetSyncState(t.Context(), st))
	w.clock.Advance(2 * time.Minute)
	w.key("Ctrl+4")
	h := w.last.Header
	if h.Waiting != 1 || h.AgeShort != "2분" || h.Offline == "" || h.OfflineOn == "" {
		t.Errorf("header %+v", h)
	}
	if w.last.List.Rows[0].Sent != assets.StateWill || len(w.last.Panel.Lines) == 0 {
		t.Errorf("outbox %+v, panel %+v", w.last.List.Rows, w.last.Panel)
	}
	w.key("F5")
	if w.kicks != 1 {
		t.Errorf("%d kicks", w.kicks)
	}
}

func TestClosingShowsTheDaysMoneyAndAsksOnce(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.scan(book)
	w.key("2")
	w.key("Ctrl+Q")
	if !w.last.Leaving || w.last.Quit {
		t.Fatal("closed without asking")
	}
	w.holds("현금", "14,000원")
	if w.key("1"); !w.last.Quit {
		t.Error("did not close")
	}
}

func TestEveryScreenIsSaidInEnglishToo(t *testing.T) {
	w := newWorld(t, "en")
	w.place(1, book, payback.Placed)
	w.place(2, unpriced, payback.Placed)
	w.place(3, book, payback.Ordered)
	w.lend(4, 4)
	w.lend(5, -4)
	for _, code := range []string{book, unpriced, other, "0001", "0003", "0004", "0005", card, "4711", "bad!", "9791161571189"} {
		for _, k := range []string{"", "1", "2", "3", "4"} {
			w.scan(code)
			if k != "" {
				w.key(k)
			}
		}
	}
	for _, k := range []string{"F2", "F3", "F4", "F7", "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4"} {
		w.key(k)
		for range 5 {
			w.key("Down")
		}
		w.key("End")
		w.key("PgUp")
		w.key("Enter")
		w.key("Esc")
	}
	w.key("F1")
	w.key("Ctrl+Q")
}

func TestNoKeyOrFieldBreaksTheDesk(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.lend(2, 4)
	for _, k := range []string{"9", "0", "a", "F11", "F12", "Ctrl+Z", "Up", "Down", "PgUp", "PgDn", "Home", "End", "Enter", "F9", ""} {
		w.key(k)
	}
	for _, id := range []string{"op/", "op/x/y", "req/none", "loan/none", "box/none", "case/none", "line/none", "copy/none", "open/9", "owed/none", "?"} {
		w.do(counter.Event{Pick: id})
	}
	w.do(counter.Event{Tab: "nowhere"})
	w.do(counter.Event{})
}
