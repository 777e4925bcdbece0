package print

import (
	"context"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
)

// maxWaiting sheets wait at most: a printer that is that far behind is off.
const maxWaiting = 50

// KeyTooMany says that the printer is too far behind.
const KeyTooMany = "print.too_many"

// Job is a sheet for a printer, given as its setting.
type Job struct {
	ID      string // the caller's own, handed back
	Printer string
	Sheet   paper.Sheet
}

// Queue prints sheets one after the other, in the background.
type Queue struct {
	jobs chan Job
	now  func() time.Time
	tell func(Job, error)
}

// NewQueue returns a queue that prints while Run runs. tell hears how each job
// ended, from Run's goroutine; its error is nil or a fault with a key of this
// package.
func NewQueue(now func() time.Time, tell func(Job, error)) *Queue {
	return &Queue{jobs: make(chan Job, maxWaiting), now: now, tell: tell}
}

// Print takes a job and returns at once. Errors: a setting that can't be used,
// KeyTooMany.
func (q *Queue) Print(j Job) error {
	if _, err := Parse(j.Printer); err != nil {
		return err
	}
	select {
	case q.jobs <- j:
		return nil
	default:
		return fault.New(fault.Limited, KeyTooMany)
	}
}

// Run prints until ctx ends. What still waits then is not printed.
func (q *Queue) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-q.jobs:
			p, err := Parse(j.Printer)
			if err == nil {
				err = p.Print(ctx, j.Sheet, q.now())
			}
			q.tell(j, err)
		}
	}
}
