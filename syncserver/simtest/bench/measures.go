package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	cdb "github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// exchange steps until nothing waits and nothing is missing; a server that asks for
// patience gets it.
func (b *bench) exchange(p *pc) error {
	for {
		_, err := p.sync.Step(b.w.ctx)
		if err == nil || fault.CodeOf(err) != fault.Limited {
			return err
		}
		if !b.wait(time.Second) {
			return b.w.ctx.Err()
		}
	}
}

func (b *bench) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-b.w.ctx.Done():
		return false
	}
}

// drain measures how fast one PC's waiting ops become durable at the server.
func (b *bench) drain(p *pc, requests []payback.RequestID) error {
	if b.size.Ops == 0 {
		return nil
	}
	if err := p.loans(requests); err != nil {
		return err
	}
	ops, err := p.waiting(b.w.ctx)
	if err != nil {
		return err
	}
	if b.bare, err = bareLimits(b.w.ctx, b.w.dir, ops); err != nil {
		return err
	}
	report, err := p.sync.Step(b.w.ctx)
	if err != nil {
		return err
	}
	if report.Sent != len(ops) || len(report.Told) > 0 {
		return fmt.Errorf("bench: %d of %d ops sent, %d not simply applied", report.Sent, len(ops), len(report.Told))
	}
	took, up, down := p.wire.pushed()
	b.drained = took
	n := len(ops)
	b.add(figure{fmt.Sprintf("SQLite, one row a transaction (%d ops of %d bytes)", n, b.bare.size), "", "", perSecond(b.bare.ones, b.bare.one), "5,719/s"})
	b.add(figure{"SQLite, 1,000 rows a transaction", "", "", perSecond(n, b.bare.many), "379k/s"})
	b.add(figure{fmt.Sprintf("drain of %d waiting ops", n), "15,000/s", perSecond(n, took), perSecond(n, b.bare.many), "6,267/s PocketBase, batches of 256"})
	price := b.price(ops)
	b.add(figure{"  less signatures and chains (reckoned: their time is " + ms(price) + ")", "", perSecond(n, took-price), "", "no peer has them"})
	b.add(figure{"bytes an op, up and its answer (headers included)", "120", fmt.Sprintf("%.0f + %.0f", float64(up)/float64(n), float64(down)/float64(n)), "", "125 Automerge, up"})
	return nil
}

// catchUp measures how fast a new PC of the store takes in all that happened.
func (b *bench) catchUp(whose string, p *pc) error {
	began := time.Now()
	report, err := p.sync.Step(b.w.ctx)
	if err != nil {
		return err
	}
	took := time.Since(began)
	down := p.wire.down.Load()
	b.add(figure{fmt.Sprintf("catch-up of a %s, %d rows", whose, report.Rows), "75,000/s", perSecond(report.Rows, took), perSecond(b.bare.rows, b.bare.many), "35,000/s PocketBase into SQLite"})
	b.add(figure{"  bytes a row, down", "120", fmt.Sprintf("%.0f", float64(down)/float64(report.Rows)), "", "124 Automerge"})
	return nil
}

// rerun measures what a pull costs a PC that has many ops waiting. That PC never
// sends them.
func (b *bench) rerun(requests []payback.RequestID) error {
	if b.size.Rerun == 0 {
		return nil
	}
	p, err := b.w.newPC("pc3", b.w.web)
	if err != nil {
		return err
	}
	if err := b.exchange(p); err != nil {
		return err
	}
	row, err := p.db.Row(b.w.ctx, payback.RequestKey(requests[0]))
	if err != nil {
		return err
	}
	request, ok := row.(*payback.Request)
	if !ok {
		return errors.New("bench: a request did not come with the pull")
	}
	request.Number = "9999" // anything different: an unchanged row re-runs nothing
	if err := p.loans(requests); err != nil {
		return err
	}
	reply, rows, err := p.oneRow(b.w.ctx, request)
	if err != nil {
		return err
	}
	began := time.Now()
	pulled, err := p.db.ApplyPull(b.w.ctx, reply, rows)
	took := time.Since(began)
	if err == nil && !pulled.Changed {
		err = errors.New("bench: nothing was re-run")
	}
	if err != nil {
		return err
	}
	b.add(figure{fmt.Sprintf("re-run of %d pending ops after a pull", b.size.Rerun), "300 ms", ms(took), "", ""})
	return nil
}

// oneRow is a reply of the server that changes one row of the store.
func (p *pc) oneRow(ctx context.Context, row payback.Row) (reply syncproto.PullReply, rows []cdb.PulledRow, err error) {
	raw, err := payback.EncodeRow(row)
	if err != nil {
		return reply, nil, err
	}
	who, _, err := p.db.Enrolment(ctx)
	if err != nil {
		return reply, nil, err
	}
	cursors, err := p.db.Cursors(ctx)
	reply.Epoch = who.Epoch
	for i, c := range cursors {
		to := c.Cursor
		if c.Name == row.Bucket() {
			to++
			rows = append(rows, cdb.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(row.Key().Table), ID: row.Key().ID, Position: to}, Raw: raw})
		}
		reply.Buckets = append(reply.Buckets, syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: to, Head: to + 1})
	}
	return reply, rows, err
}

// pokes measures from a clerk's act at one PC until it is durable at the other,
// both with their loops running.
func (b *bench) pokes(from, to *pc) error {
	if b.size.Pokes == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(b.w.ctx)
	news, ended := make(chan struct{}, 1), make(chan error, 2)
	go func() { ended <- from.sync.Run(ctx, nil, nil) }()
	go func() { ended <- to.sync.Run(ctx, nil, news) }()
	defer func() {
		stop()
		<-ended
		<-ended
	}()
	if !b.wait(3 * time.Second) { // both loops are listening by then
		return ctx.Err()
	}
	var took []time.Duration
	for i := range b.size.Pokes {
		n := 1000 + i // no title has so much stock
		began := time.Now()
		if err := from.count(i, n); err != nil {
			return err
		}
		if err := to.await(ctx, news, b.w.isbn(i), n); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		if !b.wait(100 * time.Millisecond) { // a clerk's pace, and within a device's limits
			return ctx.Err()
		}
	}
	slices.Sort(took)
	b.add(figure{fmt.Sprintf("op from PC to PC, p50 / p99 of %d", len(took)), "3 / 15 ms",
		ms(took[len(took)/2]) + " / " + ms(took[len(took)*99/100]), ms(b.bare.one / time.Duration(max(1, b.bare.ones))), "1.5 / 3.1 ms PocketBase"})
	return nil
}

// await waits until the stock of a title is n.
func (p *pc) await(ctx context.Context, news <-chan struct{}, title payback.ISBN, n int) error {
	limit := time.NewTimer(2 * time.Minute)
	defer limit.Stop()
	for {
		row, err := p.db.Row(ctx, payback.StockKey(store, title))
		if err != nil {
			return err
		}
		if s, ok := row.(*payback.Stock); ok && s.N == n {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return errors.New("bench: an op did not come from PC to PC")
		}
	}
}

// besideClerk measures the longest wait of a clerk's act while the whole catalogue
// comes in.
func (b *bench) besideClerk(by string, p *pc) error {
	done := make(chan error, 1)
	go func() { done <- b.exchange(p) }()
	var took []time.Duration
	began := time.Now()
	for i := 0; ; i++ {
		select {
		case err := <-done:
			slices.Sort(took)
			if len(took) > 0 {
				b.add(figure{fmt.Sprintf("longest of %d acts beside a %s of %d titles (%.0f s)", len(took), by, b.size.Titles, time.Since(began).Seconds()), "50 ms",
					ms(took[len(took)-1]) + " (p99 " + ms(took[len(took)*99/100]) + ")", "", ""})
			}
			return err
		default:
		}
		start := time.Now()
		if err := p.count(i, i%9); err != nil {
			return err
		}
		took = append(took, time.Since(start))
		if !b.wait(50 * time.Millisecond) {
			return b.w.ctx.Err()
		}
	}
}
