package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// Log is the gateway that sends nothing: it writes to the log that a text would
// have gone out, with pseudonym and the text's key (DESIGN 4.10: no number, not even
// a part of it).
type Log struct {
	Logger *slog.Logger
	// Whole also gets the texts themselves with their numbers, of a demo district
	// only; nil for nowhere. A file for it is made readable by its owner alone.
	Whole io.Writer

	mu sync.Mutex // one text at a time into Whole
}

// Send writes the text down.
func (l *Log) Send(_ context.Context, t Text) error {
	l.Logger.Info("text", "id", t.ID, "to", t.To, "key", t.Key)
	if l.Whole == nil || !t.Demo {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintf(l.Whole, "%s\n%s\n\n", t.Phone, t.Body)
	return err
}
