package counter

import "context"

// Desk is the conversation of one window.
type Desk struct{}

// Handle takes an event in.
func (d *Desk) Handle(ctx context.Context, e Event) Screen { return Screen{} }
