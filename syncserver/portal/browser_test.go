package portal_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

// phone is a browser of a phone's size at double density.
func phone(t *testing.T, w *webtest.World) *webtest.Browser {
	b := webtest.Browse(t, newSite(t, w), 390, 844, 2)
	b.Dir = os.Getenv("BOOKPAYBACK_SCREENSHOTS")
	return b
}

func signIn(b *webtest.Browser, w *webtest.World, id payback.ResidentID) {
	b.Open("/sign-in")
	b.Shot("portal-sign-in")
	b.Type("#card", card)
	b.Press("form[action='/sign-in'] .rb.pri", "#code")
	b.Shot("portal-code")
	b.Type("#code", w.Code(id))
	b.Press("form[action='/sign-in/code'] .rb.pri", "#q")
}

func TestAResidentWithAPhoneSignsInSearchesAsksAndCancelsScreenshots(t *testing.T) {
	w := webtest.New(t)
	w.Exhaust(webtest.Popular, 15)
	id := w.Join(name, call, card)
	b := phone(t, w)
	signIn(b, w, id)
	b.Shot("portal-home")
	b.Type("#q", "한강")
	b.Press(".sf button", ".c.t-ask")
	b.Shot("portal-search")
	b.Press(".c.t-ask .rb", "input[value='s02']")
	b.Shot("portal-title")
	b.Press("form[action='/requests'] .rb.pri", ".steps")
	if text := b.Text("main"); !strings.Contains(text, "반포서점에서 책을 찾고 있습니다") {
		t.Errorf("after asking: %s", text)
	}
	b.Shot("portal-placed")
	b.Press("a[href$='/cancel']", ".rb.danger")
	b.Shot("portal-cancel")
	b.Press(".rb.danger", ".flash-done")
	if text := b.Text("main"); !strings.Contains(text, "취소한 신청입니다") {
		t.Errorf("after cancelling: %s", text)
	}
	b.Shot("portal-cancelled")
}

func TestEachStageOfARequestScreenshots(t *testing.T) {
	w := webtest.New(t)
	id := w.Join(name, call, card)
	resident := webtest.Resident(id)
	w.Act(resident, &payback.Place{Request: "q1", Resident: id, ISBN: webtest.Plenty, Store: "s01"})
	w.Act(resident, &payback.Place{Request: "q2", Resident: id, ISBN: webtest.Popular, Store: "s02"})
	w.Exhaust(webtest.Rare, 3)
	w.Act(resident, &payback.Reserve{Reservation: "v1", Resident: id, ISBN: webtest.Rare, Stores: []payback.StoreID{"s02"}})
	w.Act(webtest.Clerk("s01"), &payback.Accept{Request: "q1", Assign: 1, Hold: 7})
	b := phone(t, w)
	signIn(b, w, id)
	b.Open("/my")
	b.Shot("portal-my")
	b.Open("/my/q1")
	b.Shot("portal-fetch")
	sell(w, "q1")
	b.Open("/my/q1")
	b.Shot("portal-request")
	w.Act(webtest.Clerk("s02"), &payback.Decline{Request: "q2", Assign: 1, Reason: payback.DeclineNotOnShelf, From: payback.Placed})
	b.Open("/my/q2")
	b.Shot("portal-declined")
	b.Open("/my/q2/store")
	b.Shot("portal-store")
	b.Open("/waits/v1")
	b.Shot("portal-wait")
	b.Open("/nothing")
	b.Shot("portal-error")
}

func TestTypingSearchesWithoutAReload(t *testing.T) {
	w := webtest.New(t)
	b := phone(t, w)
	b.Open("/")
	b.Type("#q", "작별")
	b.Wait(".c.t-ask")
	if text := b.Text("#results"); !strings.Contains(text, "작별하지 않는다") {
		t.Errorf("results: %s", text)
	}
}
