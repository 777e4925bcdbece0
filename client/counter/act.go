package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Reasons of this package; those of payback beside them. Each names the sentence
// "payback."+Key.
const (
	ReasonNotOurs    = "not_ours"        // a book or loan that this store has nothing open for
	ReasonOwnerOnly  = "owner_only"      // the owner's act
	ReasonBefore     = "done_before"     // already so
	ReasonLateRule   = "late_rule"       // this district takes back no late or faulty copies
	ReasonBoxEmpty   = "box_empty"       // an empty box can't go
	ReasonBoxUnknown = "box_unknown"     // the copy's library is not known yet
	ReasonUndoNone   = "undo_none"       // nothing of today can be taken back
	ReasonUndoMoney  = "undo_money"      // money was given back: only the card terminal can undo that
	ReasonUndoNot    = "undo_not"        // this kind of act can't be taken back
	ReasonOtherTitle = "number_not_this" // the pick-up number belongs to another title
	ReasonOverrides  = "override_many"   // the owner's overrides of today are used up
	ReasonNotHeld    = "unpack_odd"      // the copy lies in no box
)

// Message keys of bad input.
const (
	badDay    = "counter.day_past"       // a day that is over
	badCancel = "counter.cancel_missing" // a card refund without the terminal's cancel number
	badPIN    = "counter.pin"            // not 4 to 12 digits
	badNote   = "counter.note_missing"
)

func because(key string, args ...string) payback.Reason {
	r := payback.Reason{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = map[string]string{}
		}
		r.Args[args[i]] = args[i+1]
	}
	return r
}

// stop decides from an outcome whether an act is refused.
type stop func(payback.Outcome) payback.Reason

// plainOnly refuses everything that would not simply be applied: a clerk is told
// before something happens, not after. What has happened in the world is
// recorded by other paths.
func plainOnly(out payback.Outcome) payback.Reason {
	if out.Verdict == payback.Applied {
		return payback.Reason{}
	}
	return unlessNone(out.Reason)
}

// notLost refuses what lost, is so already or can't be placed, and lets cases
// through.
func notLost(out payback.Outcome) payback.Reason {
	if out.Verdict == payback.InCase {
		return payback.Reason{}
	}
	return plainOnly(out)
}

// unlessNone gives an answer without words its words.
func unlessNone(r payback.Reason) payback.Reason {
	if r.None() {
		return because(ReasonBefore)
	}
	return r
}

// act records one act of the present actor.
func (c *Counter) act(ctx context.Context, body payback.Body, no stop, attach *db.Attachment) (Done, error) {
	who := c.Actor()
	if !body.Kind().May(who.Role) {
		return Done{Refused: because(ReasonOwnerOnly)}, nil
	}
	done, refused, err := c.db.Record(ctx, []db.Entry{{Body: body, Role: who.Role, By: who.By, Attach: attach}}, no)
	if err != nil {
		return Done{}, fault.Wrap("counter."+string(body.Kind()), err)
	}
	if !refused.None() {
		return Done{Refused: refused}, nil
	}
	out := done[0].Outcome
	return Done{Ref: done[0].Ref, Subject: body.Subject(), Verdict: out.Verdict, Reason: out.Reason, Provisional: out.Provisional, Case: out.Case}, nil
}

// refused is an act that was refused before it was tried.
func refused(key string, args ...string) (Done, error) {
	return Done{Refused: because(key, args...)}, nil
}
