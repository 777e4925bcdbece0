package counter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// exporting gives the desk a place to write files to.
func (w *world) exporting(export func(context.Context) (string, int, error)) {
	w.desk = counter.NewDesk(w.c, counter.DeskEnv{Words: assets.NewSpeaker("ko"), Kick: func() { w.kicks++ }, Export: export})
}

func TestF12IsTheOutboxWithTheWholeStatusAndWhatCanBeDone(t *testing.T) {
	w := newWorld(t, "ko")
	w.exporting(func(context.Context) (string, int, error) { return "/media/usb/ops.bpc", 1, nil })
	w.place(1, book, payback.Placed)
	w.scan(book)
	w.key("1")
	s := w.key("F12")
	if on := slices.IndexFunc(s.Tabs, func(t counter.Tab) bool { return t.On }); on < 0 || s.Tabs[on].ID != counter.TabOutbox {
		t.Errorf("tab %d is on", on)
	}
	w.says(assets.StateLook, "보낼 것 1", "지금 보내기") // this desk has never exchanged anything
	for i, want := range []string{"보낼 것", "보냄", "받음"} {
		if len(s.Panel.Rows) <= i || !strings.Contains(s.Panel.Rows[i][0], want) {
			t.Errorf("row %d of %v is not about %q", i, s.Panel.Rows, want)
		}
	}
	if len(s.List.Rows) != 1 || s.List.Rows[0].Sent != assets.StateWill {
		t.Errorf("%+v", s.List.Rows)
	}
	w.key("1")
	if w.kicks != 1 {
		t.Errorf("%d kicks", w.kicks)
	}
	w.key("F12")
	w.key("2")
	w.says(assets.StateDone, "1", "/media/usb/ops.bpc")
	if w.waiting() != 1 {
		t.Error("saving to a file took something out of the outbox")
	}
}

func TestWhatCannotBeSavedToAFileIsSaid(t *testing.T) {
	w := newWorld(t, "ko")
	var failed error
	w.exporting(func(context.Context) (string, int, error) { return "", 0, failed })
	w.key("F12")
	w.key("2")
	w.says(assets.StateLook, "없습니다")
	failed = fault.New(fault.Unavailable, "sync.carry_not_written", "File", "ops.bpc").Because(errors.New("no space left"))
	w.key("F12")
	w.key("2")
	w.says(assets.StateNot, "ops.bpc")
}

func TestAnActIsShownAsItTravels(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.scan(book)
	w.key("1")
	w.key("F12")
	s := w.do(counter.Event{Pick: w.last.List.Rows[0].ID})
	raw := slices.IndexFunc(s.Band.Answers, func(a counter.Answer) bool { return strings.Contains(a.Word, "원문") })
	if raw < 0 {
		t.Fatalf("no answer shows it: %+v", s.Band.Answers)
	}
	s = w.key(s.Band.Answers[raw].Key)
	var text strings.Builder
	for _, l := range s.Panel.Lines {
		text.WriteString(l.Text)
	}
	if !strings.Contains(text.String(), "kind: accept") || !strings.HasSuffix(w.last.List.Rows[0].ID, s.Panel.Sub) {
		t.Errorf("%q: %s", s.Panel.Sub, text.String())
	}
}

// An act that the server has, while its row has not come back yet, is neither waiting
// nor confirmed.
func TestAnActThatIsSentAndNotYetPulledSaysSo(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.scan(book)
	w.key("1")
	w.key("F12")
	id := w.last.List.Rows[0].ID
	run, _, _ := strings.Cut(strings.TrimPrefix(id, "op/"), "/")
	must(t, w.db.Acked(t.Context(), payback.RunID(run), syncproto.PushReply{V: 1, Epoch: "e1", Acked: 1,
		Verdicts: []syncproto.OpVerdict{{Wseq: 1, Position: w.pos + 1, Verdict: payback.Applied}}}))
	w.key("F2")
	w.do(counter.Event{Pick: id})
	w.holds("보냄, 확인")
	if w.waiting() != 0 {
		t.Error("it still waits")
	}
	w.serve()
	w.do(counter.Event{Pick: id})
	if strings.Contains(w.last.Band.Why, "확인을 기다") {
		t.Errorf("after the pull: %s", w.last.Band.Why)
	}
}

func TestARestoredServerThatPutsOffIsRefillingAndNotOffline(t *testing.T) {
	w := newWorld(t, "ko")
	st, err := w.db.SyncState(t.Context())
	must(t, err)
	now := w.clock.Now()
	st.Fails, st.Cause, st.Tried = 1, payback.Reason{Key: syncproto.KeyRefilling}, now.Wall
	must(t, w.db.SetSyncState(t.Context(), st))
	s := w.key("F12")
	status, err := w.c.Status(t.Context())
	must(t, err)
	if !status.Refilling || status.Green() || s.Header.WaitWord != "복구하는 중" || !strings.Contains(s.Header.Offline, "복구") || s.Header.OfflineOn != "" {
		t.Errorf("%+v\n%+v", status, s.Header)
	}
	for i, why := range status.Whys {
		if why.Key == "counter.status.refilling" {
			t.Errorf("reason %d says it twice: %v", i, status.Whys)
		}
	}
}
