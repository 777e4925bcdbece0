package query_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

func offer(t *testing.T, w *webtest.World, who payback.ResidentID, i payback.ISBN) query.Form {
	t.Helper()
	f, err := w.Query.Form(t.Context(), webtest.District, who, i)
	webtest.Must(t, err)
	return f
}

func TestTryingChangesNothing(t *testing.T) {
	w := webtest.New(t)
	id := w.Join("김길동", "", "1")
	before := head(t, w)
	offer(t, w, id, webtest.Plenty)
	_, err := w.Query.Search(t.Context(), webtest.District, id, "한강", 0)
	webtest.Must(t, err)
	_, err = w.Query.Mine(t.Context(), webtest.District, id)
	webtest.Must(t, err)
	_, err = w.Query.Monday(t.Context(), webtest.District)
	webtest.Must(t, err)
	if after := head(t, w); after != before {
		t.Errorf("the ledger moved from %d to %d", before, after)
	}
}

func TestAnOfferCountsTheSlotsThatAreLeft(t *testing.T) {
	w := webtest.New(t)
	for taken := range 4 {
		got := offer(t, w, "", webtest.Rare)
		want, left := query.CanAsk, 3-taken
		if left == 0 {
			want = query.CanWait
		}
		if got.Offering != want || got.Left != left || got.Cap != 3 {
			t.Errorf("after %d: %s, %d of %d left", taken, got.Offering, got.Left, got.Cap)
		}
		if taken < 3 {
			id := w.Join(fmt.Sprint("n", taken), "", fmt.Sprint("card", taken))
			w.Act(webtest.Resident(id), &payback.Place{Request: payback.RequestID(w.IDs.New()), Resident: id, ISBN: webtest.Rare, Store: "s01"})
		}
	}
}

func TestTheUsualWaitIsTheMiddleOfThoseWhoGotTheTitle(t *testing.T) {
	w := webtest.New(t)
	takers := w.Exhaust(webtest.Rare, 3)
	for n, days := range []int{1, 5, 9} {
		id := w.Join("이수아", "", fmt.Sprint("wait", n))
		place := payback.ReservationID(fmt.Sprint("v", n))
		w.Act(webtest.Resident(id), &payback.Reserve{Reservation: place, Resident: id, ISBN: webtest.Rare, Stores: []payback.StoreID{"s02"}})
		if f := offer(t, w, "", webtest.Rare); f.Usual != 0 {
			t.Errorf("with %d who got it the usual wait is said to be %d days", n, f.Usual)
		}
		w.Pass(time.Duration(days) * 24 * time.Hour)
		mine, err := w.Query.Mine(t.Context(), webtest.District, takers[n])
		webtest.Must(t, err)
		w.Act(webtest.Resident(takers[n]), &payback.Cancel{Request: mine.Open[0].Request.ID})
		w.Act(webtest.Resident(id), &payback.Place{Request: payback.RequestID(fmt.Sprint("r", n)), Resident: id, ISBN: webtest.Rare, Store: "s02", Reservation: place})
	}
	if f := offer(t, w, "", webtest.Rare); f.Usual != 5 || f.Offering != query.CanWait {
		t.Errorf("got %d days, %s; want 5", f.Usual, f.Offering)
	}
}

func TestACopyOnALibraryShelfIsOfferedToThoseWhoWait(t *testing.T) {
	w := webtest.New(t)
	w.Exhaust(webtest.Rare, 3)
	w.Upsert(&payback.Library{ID: "111377", Name: "반포도서관"})
	mine, err := w.Query.Requests(t.Context(), webtest.District, query.Filter{})
	webtest.Must(t, err)
	req := mine.Rows[0].Request
	clerk, librarian := webtest.Clerk("s01"), webtest.Resident("lib")
	librarian.Role = payback.RoleLibrarian
	w.Act(clerk, &payback.Sell{Copy: "c1", Request: req.ID, Number: req.Number, ISBN: webtest.Rare, Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-12-14"},
		&payback.Return{Loan: "c1"}, &payback.Pack{Copy: "c1", Transfer: "t1", Library: "111377", Box: 1, Serial: 1})
	w.Act(librarian, &payback.Intake{Copy: "c1", ISBN: webtest.Rare, Library: "111377", Transfer: "t1", Scan: "x"}, &payback.Shelve{Copy: "c1"})
	f := offer(t, w, "", webtest.Rare)
	if len(f.Shelved) != 1 || f.Shelved[0] != (query.LibraryCopies{Library: "반포도서관", N: 1}) {
		t.Errorf("got %v", f.Shelved)
	}
}

func TestTheBudgetLastsAtThisYearsPace(t *testing.T) {
	w := webtest.New(t)
	p := payback.DefaultPolicy()
	p.From, p.BudgetYear = "2026-11-01", 300_000
	w.Upsert(&payback.PolicyRow{Policy: p})
	w.Exhaust(webtest.Plenty, 3) // 42,000 held; 327 days of the year are gone
	w.Exhaust(webtest.Popular, 15)
	mo, err := w.Query.Monday(t.Context(), webtest.District)
	webtest.Must(t, err)
	b := mo.Budget
	if b.Reserved != 267_000 || b.Free != 33_000 || b.Until != "" { // 40 days more: past the year's end
		t.Errorf("got %+v", b)
	}
	w.Exhaust(webtest.Rare, 2)
	mo, err = w.Query.Monday(t.Context(), webtest.District)
	webtest.Must(t, err)
	if b := mo.Budget; b.Free != 5_000 || b.Days != 5 || b.Until != "2026-11-28" {
		t.Errorf("got %+v", b)
	}
}

func TestStandingSaysWhyNothingCanBeAskedFor(t *testing.T) {
	w := webtest.New(t)
	id := w.Join("김길동", "", "1")
	w.Upsert(&payback.Resident{ID: "blocked", Blocked: true})
	for who, want := range map[payback.ResidentID]string{id: "", "blocked": "resident_blocked", "nobody": "resident_unknown", "": ""} {
		s, err := w.Query.Standing(t.Context(), webtest.District, who)
		webtest.Must(t, err)
		if s.Reason.Key != want {
			t.Errorf("%q: %q, want %q", who, s.Reason.Key, want)
		}
	}
}

func head(t *testing.T, w *webtest.World) uint64 {
	t.Helper()
	var at uint64
	webtest.Must(t, w.Ledger.View(t.Context(), webtest.District, position(&at)))
	return at
}
