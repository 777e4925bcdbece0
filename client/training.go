package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"time"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// train opens a face on the training world. Its folder is a new one each time and is
// removed in the end; the counter's own is not opened at all, and no exchange runs.
func (p *program) train(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "bookpayback-training-")
	if err != nil {
		return err
	}
	return errors.Join(p.trainIn(ctx, dir), os.RemoveAll(dir))
}

func (p *program) trainIn(ctx context.Context, dir string) error {
	c, done, err := newTraining(ctx, dir)
	if err != nil {
		return err
	}
	shown := face{say: p.say, now: time.Now, dir: dir,
		desk: counter.NewDesk(c, counter.DeskEnv{Words: p.say, Train: true})}
	err = errNoWindow
	if canShowDesktop() {
		err = showDesktop(ctx, shown)
	}
	if errors.Is(err, errNoWindow) {
		err = showTerminal(ctx, shown)
	}
	return errors.Join(err, done())
}

// newTraining makes the world in an empty folder.
func newTraining(ctx context.Context, dir string) (*counter.Counter, func() error, error) {
	ids := stamp.NewIDs(time.Now, rand.Reader)
	clock := stamp.NewClock(time.Now, ids.New())
	d, err := db.Open(ctx, dir, db.Env{Clock: clock, IDs: ids, Chance: rand.Reader})
	if err != nil {
		return nil, nil, err
	}
	if err = counter.SeedTraining(ctx, d, clock.Now().Wall, rand.Reader); err == nil {
		err = d.BeginRun(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return counter.New(d, counter.Env{Clock: clock, IDs: ids, Chance: rand.Reader}), d.Close, nil
}
