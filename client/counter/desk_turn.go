package counter

import (
	"context"
	"strconv"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// step answers a question: it does something and says what came of it.
type step func(ctx context.Context, in map[string]string) turn

// turn is one thing that the counter says, and what may be answered.
type turn struct {
	band  Band
	panel Panel
	sound Sound
	row   string // the list's row that it is about
	does  map[string]step

	scan   func(ctx context.Context, code scan.Code) (turn, bool) // takes a scan before the desk does; false: it does not want it
	moved  func(ctx context.Context)                              // what is put off until the clerk goes on
	parked string                                                 // what stays open if the clerk goes on; "" for nothing
	from   string                                                 // the open question of the list that it takes up
	code   scan.Code                                              // what to look for when it is taken up again

	paper func(ctx context.Context) (Paper, error) // what F9 prints, where that is not the paper of the panel's subject
	slip  bool                                     // its slip is printed by itself where the shop wants that
	light bool                                     // nothing is lost by walking on in the list

	choosing      bool // the list's rows are chosen from: walking through it opens none
	leaving, quit bool
}

// busy says that something is being answered: walking through lists leaves it.
func (t *turn) busy() bool {
	return !t.light && (t.parked != "" || len(t.band.Fields) > 0 || t.moved != nil)
}

// on lets key be answered with word.
func (t *turn) on(key, word string, main bool, does step) *turn {
	if t.does == nil {
		t.does = map[string]step{}
	}
	t.does[key] = does
	t.band.Answers = append(t.band.Answers, Answer{Key: key, Word: word, Main: main})
	return t
}

// choice adds the next numbered answer. The first is the primary one, except of
// a question that has none.
func (t *turn) choice(word string, does step) *turn {
	n := 1
	for _, a := range t.band.Answers {
		if a.Key >= "1" && a.Key <= "9" {
			n++
		}
	}
	if n > 9 {
		return t
	}
	return t.on(strconv.Itoa(n), word, n == 1 && t.band.Tone != ToneOf(assets.StateDecide), does)
}

// noted puts a second line under the answer added last.
func (t *turn) noted(note string) *turn {
	if n := len(t.band.Answers); n > 0 {
		t.band.Answers[n-1].Note = note
	}
	return t
}

// later adds the way out of a question.
func (d *Desk) later(t *turn) *turn {
	t.band.Answers = append(t.band.Answers, Answer{Key: "Esc", Word: d.w("later")})
	return t
}

// ask begins a question.
func (d *Desk) ask(word, title, why string) turn {
	return turn{band: Band{Tone: ToneAsk, Word: d.w(word), Title: title, Why: why}}
}

// did is an act that was done.
func (d *Desk) did(done Done, word, title, why string) turn {
	t := turn{band: Band{Tone: ToneOf(assets.StateDone), Word: word, Title: title, Why: why}, sound: SoundDone, row: rowOf(done.Ref)}
	switch done.Verdict {
	case payback.InCase, payback.Held, payback.Rejected:
		t.band.Tone, t.sound = ToneOf(assets.StateLook), SoundLook
		t.band.Why = join(why, d.reason(done.Reason))
	case payback.Duplicate:
		t.band.Tone, t.sound = ToneOf(assets.StateLook), SoundLook
		t.band.Why = join(d.w("done.before"), d.reason(done.Reason))
	}
	return t
}

// attention is something to look at that stops nobody.
func (d *Desk) attention(word, title, why string) turn {
	return turn{band: Band{Tone: ToneOf(assets.StateLook), Word: word, Title: title, Why: why}, sound: SoundLook}
}

// not is something that was not done.
func (d *Desk) not(title, why string) turn {
	return turn{band: Band{Tone: ToneOf(assets.StateNot), Word: d.say2("state.not"), Title: title, Why: why}, sound: SoundNot}
}

// refused is an act that the rules did not allow; nothing was recorded.
func (d *Desk) refused(r payback.Reason) turn { return d.not(d.w("not.done"), d.reason(r)) }

// failed is an act that could not be tried.
func (d *Desk) failed(err error) turn {
	return d.not(d.w("not.done"), Trouble(d.env.Words, err))
}

// result turns the outcome of an act into a turn: refused and failed are the same
// for all acts.
func (d *Desk) result(done Done, err error, ok func() turn) turn {
	switch {
	case err != nil:
		return d.failed(err)
	case !done.OK():
		return d.refused(done.Refused)
	}
	t := ok()
	if t.row == "" {
		t.row = rowOf(done.Ref)
	}
	return t
}
