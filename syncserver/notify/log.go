package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// Log is the gateway that sends nothing: it writes to the log that a text would
// have gone out, with pseudonym, masked number and the text's key.
type Log struct {
	Logger *slog.Logger
	// Whole also gets the texts themselves with their numbers, of a demo district
	// only; nil for nowhere. A file for it is made readable by its owner alone.
	Whole io.Writer

	mu sync.Mutex // one text at a time into Whole
}

// Send writes the text down.
func (l *Log) Send(_ context.Context, t Text) error {
	l.Logger.Info("text", "id", t.ID, "to", t.To, "phone", Mask(t.Phone), "key", t.Key)
	if l.Whole == nil || !t.Demo {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintf(l.Whole, "%s\n%s\n\n", t.Phone, t.Body)
	return err
}

// Mask hides the middle of a phone number: "010-****-1000". Of one that is too
// short to hide anything it shows nothing.
func Mask(phone string) string {
	if len(phone) < 9 {
		return strings.Repeat("*", len(phone))
	}
	return phone[:3] + "-****-" + phone[len(phone)-4:]
}
