package simtest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Sabotage is a fault in our own code, switched on to see that it is noticed.
type Sabotage string

// The sabotages: each is what a programmer could have written, and breaks one
// promise. Those of the server are wrappings of its database (broken.go) or of what
// its reducer is told; those of the counter change what reaches it, or its file, as
// the fault would.
const (
	None             Sabotage = ""
	NoSync           Sabotage = "no_sync"            // counters do not sync what they say is saved
	JournalNotSynced Sabotage = "journal_not_synced" // nor what goes to their journal alone
	ServerNoSync     Sabotage = "server_no_sync"     // the server does not
	AckBeforeCommit  Sabotage = "ack_before_commit"  // the server answers, and its transaction comes to nothing
	NoDedupe         Sabotage = "no_dedupe"          // the same act recorded twice counts twice
	OutsideLock      Sabotage = "outside_lock"       // a batch takes its positions before it has the head's lock
	UnsignedAck      Sabotage = "unsigned_ack"       // counters believe an acknowledgement that is not the server's
	RefundWithoutKey Sabotage = "refund_without_key" // a refund that was paid is due again
	OverlayDropped   Sabotage = "overlay_dropped"    // an op leaves the screen with its acknowledgement, before its rows are here
	NoPredecessor    Sabotage = "no_predecessor"     // a run does not name the run before it
	RunsAsOne        Sabotage = "runs_as_one"        // two disks that go on from one run are taken for one
	DigestAdopted    Sabotage = "digest_adopted"     // counters take over the server's digest
	DigestReencoded  Sabotage = "digest_reencoded"   // the digest is over rows as they would be encoded now, not as sent
	CapWithoutCase   Sabotage = "cap_without_case"   // a slot beyond the cap and nobody is told
	IntervalIgnored  Sabotage = "interval_ignored"   // arrival counts as the time of the act
	DoubtAgainst     Sabotage = "doubt_against"      // the latest time that an act may have been counts, not the earliest
	PoisonBlocks     Sabotage = "poison_blocks"      // an op that can't be read stops all behind it
	DropsAt401       Sabotage = "drops_at_401"       // counters throw away what the server would not take
	ArchivedEarly    Sabotage = "archived_early"     // ops count as archived before the backup is looked at
	ScopeFromBody    Sabotage = "scope_from_body"    // a device belongs to the store that it says
	LateFactRefused  Sabotage = "late_fact_refused"  // what happened is refused since it is heard of late
	SlotFreedTwice   Sabotage = "slot_freed_twice"   // a slot is freed again when somebody else has it
	ExpiredKeepsSlot Sabotage = "expired_keeps_slot" // an offer that has ended keeps its slot
	MoneyNotHeld     Sabotage = "money_not_held"     // a request takes its slot and no money
	SnapshotNoTail   Sabotage = "snapshot_no_tail"   // what changed after a snapshot is not fetched
	FeedSkips        Sabotage = "feed_skips"         // some rows are never sent
	NameInOp         Sabotage = "name_in_op"         // a person's name in an op
	Redecided        Sabotage = "redecided"          // a restored server forgets what it was brought and decides anew
)

// Sabotages lists them all.
func Sabotages() []Sabotage {
	return []Sabotage{NoSync, JournalNotSynced, ServerNoSync, AckBeforeCommit, NoDedupe, OutsideLock, UnsignedAck, RefundWithoutKey, OverlayDropped,
		NoPredecessor, RunsAsOne, DigestAdopted, DigestReencoded, CapWithoutCase, IntervalIgnored, DoubtAgainst, PoisonBlocks, DropsAt401,
		ArchivedEarly, ScopeFromBody, LateFactRefused, SlotFreedTwice, ExpiredKeepsSlot, MoneyNotHeld, SnapshotNoTail, FeedSkips, NameInOp,
		Redecided}
}

// seen returns how a wrong ledger takes a counter's ops; nil = as it should.
func (b Sabotage) seen(v *server) func(*payback.Op) {
	const late = 60_000 // ms
	switch b {
	case IntervalIgnored:
		return func(op *payback.Op) { op.When = payback.At(v.clock.Now().Wall) }
	case DoubtAgainst:
		return func(op *payback.Op) { op.When.Lo = op.When.Hi }
	case LateFactRefused:
		return func(op *payback.Op) {
			if _, ok := op.Body.(*payback.Return); ok && v.clock.Now().Wall-op.When.Hi > late {
				op.Body = &payback.EndWait{Reservation: "none"} // which nothing comes of: moot
			}
		}
	}
	return nil
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
	b.overhears(p, r, body)
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

// answered changes what comes from the server. With a row and its part of the
// digest taken out, a counter holds what one would that adopts digests and has
// missed a row; without the catalogue's rows after a snapshot, what one would that
// takes the snapshot for all there is.
func (b Sabotage) answered(p *pc, r *http.Request, a *http.Response) *http.Response {
	if strings.HasPrefix(r.URL.Path, "/v1/snapshot/") {
		p.whole = true
	}
	if b != DigestAdopted && (b != SnapshotNoTail || !p.whole) || r.URL.Path != "/v1/pull" || a.StatusCode != http.StatusOK {
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
	kept := slices.DeleteFunc(frames, func(f []byte) bool { return b.leavesOut(p, h, f) })
	h.Rows = len(kept)
	for i, part := range h.Buckets {
		if b == DigestAdopted && part.Name == payback.StoreBucket(p.store) && part.Complete() {
			h.Buckets[i].Digest = minus(part.Digest, p.missed)
		}
	}
	packet, err := packer.Pack(h, kept)
	if err != nil {
		return with(a, body)
	}
	return b.signed(p, r, packet)
}

// leavesOut says that a row of a pull does not reach the counter.
func (b Sabotage) leavesOut(p *pc, h syncproto.PullReply, frame []byte) bool {
	name, raw, err := syncproto.ReadRow(frame)
	if err != nil {
		return false
	}
	if b == SnapshotNoTail {
		out := h.Buckets[name.Bucket].Name == payback.BucketCatalogue
		p.whole = p.whole && !out
		return out
	}
	if raw == nil || payback.Table(name.Table) != payback.TLoan || p.s.calm || !p.s.odds(4) {
		return false
	}
	p.missed.Add(payback.TLoan, name.ID, raw)
	return true
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

// overhears lets a wrong server know what a request says of itself.
func (b Sabotage) overhears(p *pc, r *http.Request, body []byte) {
	v := p.s.srv
	v.said, v.sent = "", sent{}
	switch {
	case b == ScopeFromBody && r.URL.Path == "/v1/pull":
		var h syncproto.Pull
		if json.Unmarshal(body, &h) != nil {
			return
		}
		for _, at := range h.Buckets {
			if id, ok := strings.CutPrefix(string(at.Name), string(payback.StoreBucket(""))); ok {
				v.said = payback.StoreID(id)
			}
		}
	case b == RunsAsOne && r.URL.Path == "/v1/push":
		packer, err := syncproto.NewPacker()
		if err != nil {
			return
		}
		var h syncproto.Push
		frames, err := packer.Unpack(body, &h)
		if err != nil || len(frames) < h.Ops {
			return
		}
		v.sent = sent{h, frames[:h.Ops]}
	}
}

// sent is a push as it came.
type sent struct {
	syncproto.Push
	ops [][]byte
}

// hash returns the hash that the sender has for the op wseq; false if it says none.
func (x sent) hash(run payback.RunID, wseq uint64) (h syncproto.Hash, ok bool) {
	switch {
	case run != x.Run || len(x.ops) == 0:
		return h, false
	case wseq >= x.From && wseq < x.From+uint64(len(x.ops)):
		return syncproto.HashOf(x.ops[wseq-x.From]), true
	case wseq+1 == x.From:
		env, err := syncproto.Decode(x.ops[0])
		return env.Prev, err == nil
	}
	return h, false
}

// opened changes a counter's file at the start of its program.
func (b Sabotage) opened(p *pc) {
	if b == NoPredecessor {
		b.change(p, "UPDATE run SET after_run = '', after_wseq = 0, after_hash = x'' WHERE wseq = 0")
	}
}

// exchanged changes a counter's file after an exchange as a faulty counter would.
func (b Sabotage) exchanged(p *pc) {
	switch {
	case b == OverlayDropped:
		b.change(p, "DELETE FROM o_loan WHERE 'loan/' || id IN (SELECT subject FROM outbox WHERE acked = 1) OR id IN (SELECT substr(subject, 6) FROM outbox WHERE acked = 1)")
	case b == DropsAt401 && p.status == http.StatusUnauthorized:
		b.change(p, "DELETE FROM outbox WHERE acked = 0")
	}
}

func (b Sabotage) change(p *pc, query string) {
	if _, err := p.db.File().Write.ExecContext(p.s.ctx, query); err != nil {
		p.failed("sabotage", err)
	}
}
