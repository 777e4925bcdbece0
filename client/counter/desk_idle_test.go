package counter_test

import (
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/client/counter"
)

func TestADeskIsIdleOnlyWithoutAQuestionAndNewsIsNoTouch(t *testing.T) {
	w := newWorld(t, "ko")
	w.do(counter.Event{Key: "Esc"})
	w.clock.Advance(11 * time.Minute)
	w.do(counter.Event{News: true})
	if idle, empty := w.desk.Idle(); idle < 11*time.Minute || !empty {
		t.Errorf("nobody there: %s, %t", idle, empty)
	}
	w.key("Ctrl+Q")
	if idle, empty := w.desk.Idle(); idle != 0 || empty {
		t.Errorf("a question: %s, %t", idle, empty)
	}
	w.key("Esc")
	if _, empty := w.desk.Idle(); !empty {
		t.Error("the question was answered and something is open")
	}
}
