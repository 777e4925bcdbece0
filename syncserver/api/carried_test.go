package api_test

import (
	"net/http"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// carriedFor returns the request by which p passes on what author wrote.
func (p *pc) carriedFor(author *pc) request {
	h := author.header()
	h.Author = author.id
	return p.pushRequest(h, author.raw...)
}

func TestACarriedPushCountsAsItsAuthorsAndTheAuthorGetsTheFirstVerdicts(t *testing.T) {
	w := newWorld(t)
	author, carrier := w.enrolled("s01"), w.enrolled("s02")
	author.write(&payback.Count{ISBN: isbn1, N: 4, Source: "count", ID: "c1"}, &payback.Count{ISBN: isbn1, N: 5, Source: "count", ID: "c2"})
	var first, again, own syncproto.PushReply
	w.send(carrier.carriedFor(author)).ok(&first)
	w.send(carrier.carriedFor(author)).ok(&again)
	author.push().ok(&own)
	if first.Acked != 2 || len(first.Verdicts) != 2 || first.Verdicts[1].Verdict != payback.Applied {
		t.Fatalf("carried: %+v", first)
	}
	for i, v := range first.Verdicts {
		if again.Verdicts[i].Position != v.Position || own.Verdicts[i].Position != v.Position {
			t.Errorf("op %d: first at %d, again at %d, by its author at %d", i+1, v.Position, again.Verdicts[i].Position, own.Verdicts[i].Position)
		}
	}
	w.must(w.l.View(t.Context(), seocho, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{payback.StockKey("s01", isbn1), payback.StockKey("s02", isbn1)})
		if rows[payback.StockKey("s01", isbn1)].Row == nil || rows[payback.StockKey("s02", isbn1)].Row != nil {
			t.Error("the count went to the carrier's store")
		}
		return err
	}))
}

func TestACarrierCannotWriteInAnotherDevicesName(t *testing.T) {
	w := newWorld(t)
	author, carrier := w.enrolled("s01"), w.enrolled("s02")
	carrier.write(&payback.Count{ISBN: isbn1, N: 4, Source: "count", ID: "c1"})
	h := carrier.header()
	h.Author = author.id
	w.send(carrier.pushRequest(h, carrier.raw...)).refused(http.StatusBadRequest, "sync.bad_tip")
	h.Author = "nobody"
	w.send(carrier.pushRequest(h, carrier.raw...)).refused(http.StatusForbidden, "sync.author_unknown")
	h.Author = "no/body\n"
	w.send(carrier.pushRequest(h, carrier.raw...)).refused(http.StatusBadRequest, "sync.bad_packet")
}

func TestCarriedOpsOfARevokedDeviceAreKeptForAPersonWhoeverBringsThem(t *testing.T) {
	w := newWorld(t)
	author, carrier := w.enrolled("s01"), w.enrolled("s01")
	author.write(&payback.Count{ISBN: isbn1, N: 4, Source: "count", ID: "c1"})
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.Revoke{Device: author.id})
	r := carrier.carriedFor(author)
	var relayed, own syncproto.PushReply
	w.send(r).ok(&relayed)
	author.push().ok(&own)
	_, filed, err := w.api.Carried(t.Context(), seocho, r.body)
	w.must(err)
	for by, reply := range map[string]syncproto.PushReply{"another PC": relayed, "itself": own, "an operator": filed} {
		if reply.Acked != 1 || len(reply.Verdicts) != 1 || reply.Verdicts[0].Verdict != payback.Quarantined ||
			reply.Verdicts[0].Reason.Key != "device_revoked" || reply.Verdicts[0].Position != relayed.Verdicts[0].Position {
			t.Errorf("brought by %s: %+v", by, reply)
		}
	}
	w.must(w.l.View(t.Context(), seocho, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{payback.StockKey("s01", isbn1)})
		if rows[payback.StockKey("s01", isbn1)].Row != nil {
			t.Error("it was done")
		}
		return err
	}))
}
