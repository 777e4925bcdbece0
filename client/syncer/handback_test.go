package syncer

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// lends puts n loans into the store's bucket whose right is somebody's.
func (s *server) lends(n int, right payback.Right) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		l := &payback.Loan{ID: payback.LoanID(fmt.Sprintf("%s-%d", right, i)), Store: store, State: payback.LoanOut, ISBN: isbnAt(i), Right: right}
		s.put(bucketStore, payback.TLoan, l.Key().ID, asJSON(s.t, l))
	}
}

// kinds returns the kinds of all ops that the server holds.
func (s *server) kinds() (all []payback.Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		for _, raw := range r.ops {
			e, err := syncproto.Decode(raw)
			if err != nil {
				s.t.Error(err)
			}
			all = append(all, e.Kind)
		}
	}
	return all
}

func TestCleanExitGivesThisDevicesRightsToTheServer(t *testing.T) {
	pc, far := enrolled(t)
	e, _, err := pc.db.Enrolment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	far.lends(2, payback.DeviceRight(e.Device))
	far.lends(3, payback.DeviceRight("another"))
	pc.steps(0, 0)
	n, err := pc.HandBack(t.Context())
	if err != nil || n != 2 {
		t.Fatalf("gave %d, %v; want 2", n, err)
	}
	if got := far.kinds(); len(got) != 1 || got[0] != payback.KGiveRight {
		t.Errorf("the server holds %v", got)
	}
}

func TestExitWithoutAServerKeepsTheRights(t *testing.T) {
	pc, far := enrolled(t)
	e, _, err := pc.db.Enrolment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	far.lends(1, payback.DeviceRight(e.Device))
	pc.steps(0, 0)
	far.meddling(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusBadGateway) })
	if n, err := pc.HandBack(t.Context()); n != 0 || keyOf(err) != KeyServerDown {
		t.Errorf("gave %d, %v", n, err)
	}
	if got := pc.waits(); got != 0 {
		t.Errorf("%d ops recorded, want none", got)
	}
}

func TestExitWithNothingToGiveAsksNobody(t *testing.T) {
	pc, far := enrolled(t)
	far.lends(1, payback.RightServer)
	pc.steps(0, 0)
	far.meddling(func(http.ResponseWriter, *http.Request, http.Handler) { t.Error("the server was asked") })
	if n, err := pc.HandBack(t.Context()); n != 0 || err != nil {
		t.Errorf("gave %d, %v", n, err)
	}
}
