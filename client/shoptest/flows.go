package shoptest

import "github.com/bookpayback/bookpayback/shared/payback"

// Flow is one way through the counter. A step is "scan CODE", "press KEY" (a key as an
// Event names it), "type TEXT" by hand, or a lone digit that answers.
type Flow struct {
	Name  string
	Set   func(*Shop) // what the server has sent
	Steps []string
}

// scanOf is the step that scans a book.
func scanOf(isbn payback.ISBN) string { return "scan " + string(isbn) }

// Flows are the ways that every face must go.
func Flows() []Flow {
	placed := func(s *Shop) {
		s.Place(1, Convenience, payback.Placed)
		s.Place(2, Museum, payback.Placed)
		s.Place(3, Night, payback.Placed)
		s.Place(4, Almond, payback.Accepted)
	}
	out := func(s *Shop) {
		s.Lend(1, Convenience, 4, payback.ByCard)
		s.Lend(2, Night, 2, payback.ByCash)
	}
	return []Flow{
		{"empty", func(*Shop) {}, []string{"press F3", "press F4", "press F7", "press F12", "press F1", "press Esc", "press F2"}},
		{"requests", placed, []string{"press F3", "1", "press Down", "2", "1", "press Down", "3", "1"}},
		{"arrive", func(s *Shop) { s.Place(5, Night, payback.Ordered) }, []string{"press F3", scanOf(Night), "press F4"}},
		{"sale-card", placed, []string{"scan 0004", "1", "type 30418827", "press Enter", "press Esc"}},
		{"sale-cash", placed, []string{"scan 0004", "2"}},
		{"return", out, []string{scanOf(Convenience), "1", "type 3052", "press Enter", "press Esc"}},
		{"refund-cash", out, []string{scanOf(Night), "1", "1"}},
		{"refund-twice", out, []string{scanOf(Night), "1", "1", scanOf(Night), "scan 0002"}},
		{"refund-later", out, []string{scanOf(Convenience), "1", "press Esc", "press F2", scanOf(Convenience), "type 3052", "press Enter"}},
		{"late", func(s *Shop) { s.Lend(3, Convenience, -3, payback.ByCard) }, []string{scanOf(Convenience), "1", "press F7"}},
		{"late-kept", func(s *Shop) { s.Lend(3, Convenience, -3, payback.ByCard) }, []string{scanOf(Convenience), "2"}},
		{"faulty", out, []string{scanOf(Convenience), "2", "1", "1"}},
		{"which-of-two", func(s *Shop) {
			s.Lend(1, Convenience, 4, payback.ByCard)
			s.Lend(5, Convenience, 9, payback.ByCard)
		}, []string{scanOf(Convenience), scanOf(Almond), "press F7"}},
		{"walk-in", placed, []string{scanOf("9788936434267"), "press Esc", "scan 9791161571189", "press Esc", "scan 4006381333931"}},
		{"boxes", out, []string{scanOf(Night), "1", "1", "press Esc", "press Ctrl+1", "press Down", "1"}},
		{"owed", out, []string{scanOf(Convenience), "1", "press Esc", "press Esc", "press Ctrl+2", "press Down", "type 3052", "press Enter"}},
		{"claims", func(s *Shop) { s.Claim() }, []string{"press Ctrl+3", "press Down"}},
		{"outbox", func(s *Shop) { placed(s); s.Offline() }, []string{scanOf(Convenience), "press F12", "press Down", "1"}},
		{"undo", placed, []string{scanOf(Convenience), "press F8", "1"}},
		{"clerk-none", placed, []string{"press Ctrl+L"}},
		{"clerk", func(s *Shop) { s.Owner() }, []string{"press Ctrl+L", "type 111111", "press Enter", "type " + OwnerPIN, "press Enter", "press Ctrl+L"}},
		{"leave", placed, []string{scanOf(Convenience), "press Ctrl+Q", "press Esc"}},
	}
}
