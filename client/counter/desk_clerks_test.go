package counter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// hired gives the store an owner 2468 and a clerk 1357 by way of the screen.
func (w *world) hired() {
	w.t.Helper()
	w.key("Ctrl+6")
	w.key("1")
	w.enter("name", "박점주")
	w.enter("new_pin", "2468")
	w.key("Ctrl+6")
	w.key("1")
	w.enter("name", "김직원")
	w.enter("new_pin", "1357")
	w.enter("pin", "2468")
}

func (w *world) header(want string) {
	w.t.Helper()
	if w.last.Header.Clerk != want {
		w.t.Errorf("the header says %q, want %q", w.last.Header.Clerk, want)
	}
}

func TestAClerkIsAddedByTheOwnerAndStandsHereByPIN(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		w := newWorld(t, lang)
		w.hired()
		if n := len(w.last.List.Rows); n != 2 || w.last.List.Rows[1].Title != "김직원" || w.c.Actor().Role != payback.RoleClerk {
			t.Fatalf("%d rows, %+v", n, w.last.Band)
		}
		raw, err := w.db.Clerks(t.Context())
		must(t, err)
		for _, k := range raw {
			if !strings.HasPrefix(k.PIN, "$argon2id$") || strings.Contains(string(k.ID), "김") {
				t.Errorf("the row has %+v", k)
			}
		}
		w.key("Ctrl+L")
		w.enter("pin", "1357")
		w.header("김직원")
		w.key("Ctrl+L")
		w.enter("pin", "2468")
		if w.c.Actor().Role != payback.RoleOwner {
			t.Error("the owner's PIN does not make the owner")
		}
		w.key("Ctrl+L")
		w.header("김직원")
	}
}

func TestAPINThatIsTakenAndTheLastOwnerAreRefused(t *testing.T) {
	w := newWorld(t, "ko")
	w.hired()
	w.c.SetActor(counter.Actor{Role: payback.RoleOwner})
	done, err := w.c.SetClerk(t.Context(), counter.ClerkIn{PIN: "1357"})
	if err != nil || done.Refused.Key != counter.ReasonPINTaken {
		t.Errorf("a PIN that is taken: %+v %v", done, err)
	}
	clerks, err := w.c.Clerks(t.Context())
	must(t, err)
	done, err = w.c.SetClerk(t.Context(), counter.ClerkIn{ID: clerks[0].Clerk.ID, Owner: true, Gone: true})
	if err != nil || done.Refused.Key != counter.ReasonLastOwner {
		t.Errorf("the last owner: %+v %v", done, err)
	}
	w.key("Ctrl+6")
	w.do(counter.Event{Pick: "clerk/" + string(clerks[1].Clerk.ID)})
	w.key("2")
	w.says(assets.StateDone)
	if _, ok, err := w.c.WhoIs(t.Context(), "1357"); ok || err != nil {
		t.Errorf("a PIN of somebody who is gone: %v %v", ok, err)
	}
}

func TestFiveWrongPINsWaitAndTheWaitGrows(t *testing.T) {
	w := newWorld(t, "ko")
	w.hired()
	w.place(1, book, payback.Placed)
	w.scan(book)
	unsent, open := w.waiting(), w.last.Band.Title
	w.key("Ctrl+L")
	for range 5 {
		w.enter("pin", "9999")
		w.says(assets.StateNot, "비밀번호가 다릅니다")
	}
	w.enter("pin", "1357")
	w.says(assets.StateNot, "초 뒤에")
	w.clock.Advance(30 * time.Second)
	w.enter("pin", "9999")
	w.clock.Advance(31 * time.Second)
	w.enter("pin", "1357")
	w.says(assets.StateNot, "초 뒤에")
	w.clock.Advance(30 * time.Second)
	w.enter("pin", "1357")
	w.header("김직원")
	if w.waiting() != unsent || open == "" {
		t.Errorf("%d unsent, were %d", w.waiting(), unsent)
	}
}

func TestTakingAReturnBackAsksForTheOwner(t *testing.T) {
	w := newWorld(t, "ko")
	w.hired()
	id := w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.key("F8")
	w.key("1")
	if w.loan(id).State != payback.LoanReturned {
		t.Fatal("taken back without a PIN")
	}
	w.enter("pin", "2468")
	if w.loan(id).State != payback.LoanOut || w.c.Actor().Role != payback.RoleClerk {
		t.Errorf("%s, %s stands here", w.loan(id).State, w.c.Actor().Role)
	}
}

func TestAClosedDayMovesWhatIsDue(t *testing.T) {
	w := newWorld(t, "ko")
	w.hired()
	shop, err := w.c.Shop(t.Context())
	must(t, err)
	due := payback.DueOn(shop.Policy, shop.Store, shop.District, shop.Today)
	w.key("Ctrl+7")
	w.key("2")
	w.enter("day", strings.ReplaceAll(string(due)[5:], "-", ""))
	w.enter("pin", "2468")
	w.says(assets.StateDone, "다음 여는 날로")
	w.key("Ctrl+7")
	w.key("1")
	w.enter("pin", "2468")
	w.says(assets.StateDone, "새 신청은 오지 않습니다")
	w.do(counter.Event{Pick: "hours/1"})
	w.enter("hours", "21-10")
	w.says(assets.StateNot, "10:00-21:00")
	w.enter("hours", "10-21")
	w.enter("pin", "2468")
	shop, err = w.c.Shop(t.Context())
	must(t, err)
	if st := shop.Store; !st.Paused || st.Hours[0] != "10:00-21:00" || len(st.Holidays) != 1 || st.Name != "반포서점" {
		t.Errorf("the store is %+v", st)
	}
	if got := payback.DueOn(shop.Policy, shop.Store, shop.District, shop.Today); got != due.Add(1) {
		t.Errorf("due %s, want the day after %s", got, due)
	}
}

func TestHoursAndDaysAsPeopleTypeThem(t *testing.T) {
	for in, want := range map[string]string{"10:00-21:00": "10:00-21:00", "9-18": "09:00-18:00", "930~2100": "09:30-21:00", "0-24": "00:00-24:00",
		"10-10": "", "10-25": "", "24:01-25": "", "9:60-10": "", "a-b": "", "": "", "10": "", "-5-9": "", "9:-10": ""} {
		if got, _ := counter.HoursOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]payback.Date{"1225": "2026-12-25", "2026-12-25": "2026-12-25", "1122": "2027-11-22", "1123": "2026-11-23",
		"20261122": "", "20271124": "2027-11-24", "20271125": "", "1340": "", "x": ""} {
		if got, ok := counter.DayOff(in, "2026-11-23"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
}
