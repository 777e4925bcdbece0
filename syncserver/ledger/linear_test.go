package ledger_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// history collects what concurrent clients did; its time is a count.
type history struct {
	now atomic.Int64
	mu  sync.Mutex // protects ops
	ops []porcupine.Operation
}

func (h *history) do(client int, in any, f func() any) {
	call := h.now.Add(1)
	out := f()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: h.now.Add(1)})
}

// slotIn asks for a slot (on the web, or by a sale that happened), or frees one.
type slotIn struct {
	what string // place, sale, cancel
	n    int    // cancel: which slot
}

// slotOut is the slot that was got, 0 = none, and whether a case says so.
type slotOut struct {
	n    int
	told bool
}

const linearCap = 3

// slotModel is the set of slots of one title that are taken, as bits: none is given
// twice or beyond the cap; a sale that finds none is a case, and nobody is refused
// while one is free.
func slotModel() porcupine.Model {
	full := func(s int) bool { return s&(1<<(linearCap+1)-2) == 1<<(linearCap+1)-2 }
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(int), input.(slotIn), output.(slotOut)
			switch {
			case in.what == "cancel":
				return s&(1<<in.n) != 0, s &^ (1 << in.n)
			case out.n == 0:
				return full(s) && (in.what == "place" || out.told), s
			}
			return out.n <= linearCap && s&(1<<out.n) == 0, s | 1<<out.n
		},
	}
}

func TestTheSlotsOfATitleAreOneCounterForTheWebAndNineStores(t *testing.T) {
	w := newWorld(t)
	var people []payback.Row
	for i := range 80 {
		people = append(people, &payback.Resident{ID: resident(i), CardTag: fmt.Sprint("tag", i)})
	}
	w.upsert(people...)
	for i := 3; i <= 9; i++ {
		id := payback.StoreID(fmt.Sprintf("s%02d", i))
		w.upsert(&payback.Store{ID: id, Name: string(id), Libraries: []payback.LibraryID{"111377"}})
		w.enrol(id, byte(40+i))
	}
	var h history
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() { w.onTheWeb(&h, i) })
	}
	for i := 1; i <= 9; i++ {
		d := w.device[payback.StoreID(fmt.Sprintf("s%02d", i))]
		all.Go(func() { w.atTheCounter(&h, 2+i, d) })
	}
	all.Wait()
	if !porcupine.CheckOperations(slotModel(), h.ops) {
		t.Errorf("no order of these acts explains the slots: %+v", h.ops)
	}
	w.sound()
}

// onTheWeb places requests and takes back those that got a slot.
func (w *world) onTheWeb(h *history, client int) {
	for k := range 4 {
		who := resident(20 + client*4 + k)
		id := payback.RequestID(fmt.Sprintf("web-%d-%d", client, k))
		by := ledger.Actor{Role: payback.RoleResident, By: string(who)}
		got := 0
		h.do(client, slotIn{what: "place"}, func() any {
			out, err := w.l.Act(w.t.Context(), seocho, by, &payback.Place{Request: id, Resident: who, ISBN: w.isbns[0], Store: "s01"})
			if err != nil {
				w.t.Errorf("place: %v", err)
			} else if out[0].Done() {
				got = w.slotOf(payback.RequestKey(id))
			}
			return slotOut{n: got}
		})
		if got == 0 {
			continue
		}
		h.do(client, slotIn{what: "cancel", n: got}, func() any {
			if out, err := w.l.Act(w.t.Context(), seocho, by, &payback.Cancel{Request: id}); err != nil || !out[0].Done() {
				w.t.Errorf("cancel: %+v %v", out, err)
			}
			return slotOut{}
		})
	}
}

// atTheCounter sells two copies to people who asked for nothing before.
func (w *world) atTheCounter(h *history, client int, d *device) {
	for k := range 2 {
		who := resident(40 + client*2 + k)
		c := payback.CopyID(fmt.Sprintf("copy-%d-%d", client, k))
		card := "card-" + string(c)
		w.write(d, &payback.Sell{Copy: c, ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: "2026-11-23", Card: card, Seen: true})
		h.do(client, slotIn{what: "sale"}, func() any {
			v, err := w.pushed(d, map[string]payback.ResidentID{card: who})
			if err != nil {
				w.t.Errorf("push: %v", err)
			}
			return slotOut{n: w.slotOf(payback.LoanKey(c)), told: v.Case != ""}
		})
	}
}

// pushed sends the device's last op and returns its verdict.
func (w *world) pushed(d *device, cards map[string]payback.ResidentID) (v syncproto.OpVerdict, err error) {
	reply, err := w.l.Push(w.t.Context(), d.Device, syncproto.Push{V: 1, Run: d.run, From: d.wseq, Ops: 1,
		Tip: syncproto.SignTip(d.key, d.run, d.wseq, d.hash)}, d.raw[d.wseq-1:], cards, w.l.Now())
	if err == nil && len(reply.Verdicts) == 1 {
		v = reply.Verdicts[0]
	}
	return v, err
}

// slotOf returns the slot that a request or loan holds.
func (w *world) slotOf(k payback.Key) (n int) {
	err := w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		found, err := r.Rows([]payback.Key{k})
		switch x := found[k].Row.(type) {
		case *payback.Request:
			n = x.Slot
		case *payback.Loan:
			n = x.Slot
		}
		return err
	})
	if err != nil {
		w.t.Errorf("%s: %v", k, err)
	}
	return n
}

// refundModel is one refund: who pays first pays it, everybody else makes an
// incident.
func refundModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(ops []porcupine.Operation) (parts [][]porcupine.Operation) {
			by := map[any][]porcupine.Operation{}
			for _, o := range ops {
				by[o.Input] = append(by[o.Input], o)
			}
			for _, part := range by {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return false },
		Step: func(state, _, output any) (bool, any) { return output.(bool) == state.(bool), true },
	}
}

func TestARefundIsPaidOnceOrTheSecondPayoutIsAnIncident(t *testing.T) {
	w := newWorld(t)
	w.enrolAs("s01", "s01-2", 60)
	a, b := w.device["s01"], w.device["s01-2"]
	var loans []payback.LoanID
	for i := range 8 {
		req := w.place(i, w.isbns[i%3], "s01")
		c := payback.CopyID(fmt.Sprint("copy-", i))
		w.write(a, &payback.Accept{Request: req, Assign: 1, Hold: 7},
			&payback.Sell{Copy: c, Request: req, ISBN: w.isbns[i%3], Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: "2026-11-23"})
		loans = append(loans, c)
	}
	w.push(a, 1)
	for _, id := range loans { // the seller is switched off, cut off or down: the book comes back at the other
		w.write(b, &payback.Return{Loan: id})
	}
	w.push(b, 1)
	var h history
	var both sync.WaitGroup
	for client, d := range []*device{a, b} {
		both.Go(func() {
			for _, id := range loans {
				payout := fmt.Sprint("payout-", client, id)
				w.write(d, &payback.RefundPaidOut{Loan: id, Payout: payout, Amount: 14000, PayBy: payback.ByCash, Override: client == 1})
				h.do(client, id, func() any {
					if _, err := w.pushed(d, nil); err != nil {
						t.Errorf("push: %v", err)
					}
					return row[*payback.Incident](w, payback.IncidentKey(id, payout)) != nil
				})
			}
		})
	}
	both.Wait()
	if !porcupine.CheckOperations(refundModel(), h.ops) {
		t.Errorf("no order of these payouts explains the incidents: %+v", h.ops)
	}
	for _, id := range loans {
		if r := row[*payback.Refund](w, payback.RefundKey(id)); r == nil || r.State != payback.RefundPaid {
			t.Errorf("the refund of %s is %+v", id, r)
		}
	}
	w.sound()
}
