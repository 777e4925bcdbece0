package term

import (
	"context"
	"errors"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
)

// Words are the few words of the face itself; all others come with the screen.
type Words struct {
	Tell     string // before what to tell the customer: "손님께"
	Hangul   string // letters become syllables: "한"
	Latin    string // letters stay letters: "영"
	TooSmall string // the terminal is smaller than MinWidth by MinHeight
}

// WordsOf returns the words in the speaker's language.
func WordsOf(s *assets.Speaker) Words {
	return Words{Tell: s.Say("term.tell", nil), TooSmall: s.Say("term.too_small", nil),
		Hangul: s.Say("term.hangul", nil), Latin: s.Say("term.latin", nil)}
}

// Options are what the face needs from outside.
type Options struct {
	Words Words
	Now   func() time.Time     // paces of keys are measured by it
	News  <-chan struct{}      // the exchange changed something; nil for none
	Other <-chan counter.Event // events from beside the keyboard: a serial scanner, notices; nil for none
	Play  func(counter.Sound)  // nil: the terminal's bell for what was not done
	ASCII bool                 // draw no shapes beyond ASCII
	Mono  bool                 // no colour; NO_COLOR and the terminal's own limits count besides
	In    io.Reader            // nil: the terminal
	Out   io.Writer            // nil: the terminal
}

// Run shows the desk on the terminal until the clerk leaves or ctx ends. It
// returns unavailable if there is no terminal to draw on.
func Run(ctx context.Context, desk *counter.Desk, o Options) error {
	m := newModel(func(e counter.Event) counter.Screen { return desk.Handle(ctx, e) }, o)
	opts := []tea.ProgramOption{tea.WithContext(ctx)}
	if o.In != nil {
		opts = append(opts, tea.WithInput(o.In))
	}
	if o.Out != nil {
		opts = append(opts, tea.WithOutput(o.Out))
	}
	_, err := tea.NewProgram(m, opts...).Run()
	if err == nil || errors.Is(err, tea.ErrInterrupted) || ctx.Err() != nil {
		return nil
	}
	return fault.Wrap("term.Run", fault.New(fault.Unavailable, "term.no_terminal").Because(err))
}
