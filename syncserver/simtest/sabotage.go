package simtest

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Sabotage is a fault in our own code, switched on to see that it is noticed.
type Sabotage string

// The sabotages. Those of the server are wrappings of its database (broken.go),
// those of the counter change what reaches it, or its file, as the fault would.
const (
	None             Sabotage = ""
	NoSync           Sabotage = "no_sync"            // counters do not sync what they say is saved
	ServerNoSync     Sabotage = "server_no_sync"     // nor does the server
	AckBeforeCommit  Sabotage = "ack_before_commit"  // the server answers, and its transaction comes to nothing
	NoDedupe         Sabotage = "no_dedupe"          // the same act recorded twice counts twice
	UnsignedAck      Sabotage = "unsigned_ack"       // counters believe an acknowledgement that is not the server's
	RefundWithoutKey Sabotage = "refund_without_key" // a refund that was paid is due again
	OverlayDropped   Sabotage = "overlay_dropped"    // an op leaves the screen with its acknowledgement, before its rows are here
	DigestAdopted    Sabotage = "digest_adopted"     // counters take over the server's digest
	CapWithoutCase   Sabotage = "cap_without_case"   // a slot beyond the cap and nobody is told
	IntervalIgnored  Sabotage = "interval_ignored"   // arrival counts as the time of the act
	PoisonBlocks     Sabotage = "poison_blocks"      // an op that can't be read stops all behind it
	DropsAt401       Sabotage = "drops_at_401"       // counters throw away what the server would not take
	ScopeFromBody    Sabotage = "scope_from_body"    // a counter gets another store's rows
	LateFactRefused  Sabotage = "late_fact_refused"  // what happened is refused since it is heard of late
	SlotFreedTwice   Sabotage = "slot_freed_twice"   // a slot that somebody has is given again
	FeedSkips        Sabotage = "feed_skips"         // some rows are never sent
	NameInOp         Sabotage = "name_in_op"         // a person's name in an op
)

// Sabotages lists them all.
func Sabotages() []Sabotage {
	return []Sabotage{NoSync, ServerNoSync, AckBeforeCommit, NoDedupe, UnsignedAck, RefundWithoutKey, OverlayDropped, DigestAdopted,
		CapWithoutCase, IntervalIgnored, PoisonBlocks, DropsAt401, ScopeFromBody, LateFactRefused, SlotFreedTwice, FeedSkips, NameInOp}
}

// clerk is who stands at the counter.
func (b Sabotage) clerk() string {
	if b == NameInOp {
		return canaryName
	}
	return "c1"
}

// reply answers in the server's place; nil = it answers itself. A counter that
// believes what is not signed is one to whom anybody can sign.
func (b Sabotage) reply(p *pc, r *http.Request, body []byte) *http.Response {
	if b != UnsignedAck || r.URL.Path != "/v1/push" || p.s.calm || !p.s.odds(4) {
		return nil
	}
	packer, err := syncproto.NewPacker()
	if err != nil {
		return nil
	}
	var h syncproto.Push
	if _, err := packer.Unpack(body, &h); err != nil {
		return nil
	}
	now := p.s.srv.clock.Now().Wall
	raw, err := json.Marshal(syncproto.PushReply{V: 1, Epoch: h.Epoch, Received: now, Now: now, Acked: h.From + uint64(h.Ops) - 1})
	if err != nil {
		return nil
	}
	return b.signed(p, r, raw)
}

// signed is a reply with the server's signature.
func (b Sabotage) signed(p *pc, r *http.Request, body []byte) *http.Response {
	a := answer(r, http.StatusOK, syncproto.ContentJSON, body)
	a.Header.Set(syncproto.HeaderSignature, string(syncproto.SignReply(p.s.srv.key, http.StatusOK, r.URL.RequestURI(), r.Header.Get(syncproto.HeaderNonce), body)))
	return a
}

// answered changes what comes from the server: with a row and its part of the
// digest taken out, a counter holds what one would that adopts digests and has
// missed a row.
func (b Sabotage) answered(p *pc, r *http.Request, a *http.Response) *http.Response {
	if b != DigestAdopted || r.URL.Path != "/v1/pull" || a.StatusCode != http.StatusOK {
		return a
	}
	body, err := io.ReadAll(a.Body)
	packer, bad := syncproto.NewPacker()
	var h syncproto.PullReply
	if err != nil || bad != nil {
		return a
	}
	frames, err := packer.Unpack(body, &h)
	if err != nil {
		return with(a, body)
	}
	var kept [][]byte
	for _, f := range frames {
		name, raw, err := syncproto.ReadRow(f)
		if err == nil && raw != nil && payback.Table(name.Table) == payback.TLoan && !p.s.calm && p.s.odds(4) {
			p.missed.Add(payback.TLoan, name.ID, raw)
			continue
		}
		kept = append(kept, f)
	}
	h.Rows = len(kept)
	for i, part := range h.Buckets {
		if part.Name == payback.StoreBucket(p.store) && part.Complete() {
			h.Buckets[i].Digest = minus(part.Digest, p.missed)
		}
	}
	packet, err := packer.Pack(h, kept)
	if err != nil {
		return with(a, body)
	}
	return b.signed(p, r, packet)
}

// minus is a - b modulo 2^256.
func minus(a, b syncproto.Digest) syncproto.Digest {
	borrow := uint64(0)
	for i := range a {
		d := a[i] - b[i] - borrow
		if a[i] < b[i] || a[i] == b[i] && borrow == 1 {
			borrow = 1
		} else {
			borrow = 0
		}
		a[i] = d
	}
	return a
}

// exchanged changes a counter's file after an exchange as a faulty counter would.
func (b Sabotage) exchanged(p *pc) {
	var do []string
	switch {
	case b == OverlayDropped:
		do = []string{"DELETE FROM o_loan WHERE 'loan/' || id IN (SELECT subject FROM outbox WHERE acked = 1) OR id IN (SELECT substr(subject, 6) FROM outbox WHERE acked = 1)"}
	case b == DropsAt401 && p.status == http.StatusUnauthorized:
		do = []string{"DELETE FROM outbox WHERE acked = 0"}
	}
	for _, q := range do {
		if _, err := p.db.File().Write.ExecContext(p.s.ctx, q); err != nil {
			p.failed("sabotage", err)
			return
		}
	}
}
