package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Limits of pokes. A line now and then keeps proxies from closing the stream.
const (
	pokeBeat   = 25 * time.Second
	pokesEach  = 2
	pokesInAll = 10_000
)

// streams counts the open pokes.
type streams struct {
	mu  sync.Mutex // protects all below
	of  map[payback.DeviceID]int
	all int
}

func newStreams() *streams { return &streams{of: map[payback.DeviceID]int{}} }

func (s *streams) open(id payback.DeviceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[id] >= pokesEach || s.all >= pokesInAll {
		return false
	}
	s.of[id]++
	s.all++
	return true
}

func (s *streams) close(id payback.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[id]--; s.of[id] == 0 {
		delete(s.of, id)
	}
}

// poke streams the heads of a device's buckets until it goes away, is revoked, or
// the server drains.
func (s *Server) poke(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(r)
	_, err := s.take(w, c, 0, s.signed(func(context.Context, *call) (answer, error) {
		if !s.streams.open(c.device.ID) {
			return answer{}, tooFast(pokeBeat)
		}
		return answer{}, nil
	}))
	if err != nil {
		status, a := s.refusal(w, "poke", c, err)
		s.reply(w, c, status, a)
		s.metrics.served("poke", status, 0)
		return
	}
	defer s.streams.close(c.device.ID)
	s.metrics.pokes.Inc()
	defer s.metrics.pokes.Dec()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	h.Set(syncproto.HeaderSignature, string(syncproto.SignReply(s.o.Key, http.StatusOK, c.path, c.nonce, nil)))
	w.WriteHeader(http.StatusOK)
	s.metrics.served("poke", http.StatusOK, 0)

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-s.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := s.stream(ctx, http.NewResponseController(w), w, c); err != nil && ctx.Err() == nil {
		s.o.Log.Debug("poke ended", "device", c.device.ID, "error", err)
	}
}

// stream writes an event at once and whenever a head has moved, and a comment
// when nothing moved for a while.
func (s *Server) stream(ctx context.Context, rc *http.ResponseController, w http.ResponseWriter, c *call) error {
	// The server's timeouts are for single replies. A peer that is gone is found by
	// the connection's own keep-alive. Not every writer has deadlines.
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})
	var at uint64
	var last map[payback.Bucket]uint64
	for ctx.Err() == nil {
		now, all, err := s.boards.heads(ctx, s, c.device.District, at)
		if err != nil {
			return err
		}
		heads := ours(all, c.device.Store)
		moved := changed(last, heads)
		// A revocation is a change of a row of the store's.
		if moved[payback.StoreBucket(c.device.Store)] > 0 {
			row, err := s.deviceRow(ctx, c.device.District, c.device.ID)
			if err != nil || row == nil || row.State != payback.DeviceEnrolled {
				return err
			}
		}
		if err := s.event(rc, w, moved); err != nil {
			return err
		}
		at, last = now, heads
		for ctx.Err() == nil && s.wait(ctx, c, at) {
			// The district moved; most often it is somebody else's store.
			if now, all, err = s.boards.heads(ctx, s, c.device.District, at+1); err != nil {
				return err
			}
			if at = now; len(changed(last, ours(all, c.device.Store))) > 0 {
				break
			}
		}
	}
	return nil
}

// event writes heads, or a comment if none moved.
func (s *Server) event(rc *http.ResponseController, w http.ResponseWriter, moved map[payback.Bucket]uint64) error {
	event := ": \n\n"
	if len(moved) > 0 {
		data, err := json.Marshal(moved)
		if err != nil {
			return fault.Wrap("api.event", err)
		}
		event = fmt.Sprintf("data: %s\n\n", data)
	}
	if _, err := w.Write([]byte(event)); err != nil {
		return err
	}
	return rc.Flush()
}

// ours returns the heads of the buckets that a store's device may pull.
func ours(all map[payback.Bucket]uint64, store payback.StoreID) map[payback.Bucket]uint64 {
	heads := map[payback.Bucket]uint64{}
	for _, name := range []payback.Bucket{payback.BucketCatalogue, payback.StoreBucket(store)} {
		heads[name] = all[name]
	}
	return heads
}

// changed returns the heads that are not as they were.
func changed(was, is map[payback.Bucket]uint64) map[payback.Bucket]uint64 {
	moved := map[payback.Bucket]uint64{}
	for name, n := range is {
		if have, known := was[name]; !known || have != n {
			moved[name] = n
		}
	}
	return moved
}

// wait returns true when this process moved the district past a position, false
// after one beat without that: ops of another process are found then.
func (s *Server) wait(ctx context.Context, c *call, at uint64) bool {
	ctx, cancel := context.WithTimeout(ctx, pokeBeat)
	defer cancel()
	return s.o.Ledger.Wait(ctx, c.device.District, at) > at
}

// boards keeps each district's heads as last read, so that all pokes of a district
// together read them once an op.
type boards struct {
	mu sync.Mutex // protects all below
	of map[payback.DistrictID]*board
}

type board struct {
	mu    sync.Mutex // protects all below; held while reading
	at    uint64
	read  time.Time
	heads map[payback.Bucket]uint64 // replaced whole, never changed
}

func newBoards() *boards { return &boards{of: map[payback.DistrictID]*board{}} }

// boardLife is how old heads may be: within it each beat of another poke does
// without reading.
const boardLife = 5 * time.Second

// heads returns the district's position and all heads at that position, read anew
// if what is kept is old or of before from.
func (b *boards) heads(ctx context.Context, s *Server, d payback.DistrictID, from uint64) (uint64, map[payback.Bucket]uint64, error) {
	b.mu.Lock()
	one := b.of[d]
	if one == nil {
		one = &board{}
		b.of[d] = one
	}
	b.mu.Unlock()
	one.mu.Lock()
	defer one.mu.Unlock()
	now := s.mono()
	if one.heads != nil && one.at >= from && now.Sub(one.read) < boardLife {
		return one.at, one.heads, nil
	}
	var at uint64
	heads := map[payback.Bucket]uint64{}
	err := s.o.Ledger.View(ctx, d, func(r db.Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		all, err := r.Buckets()
		for _, bucket := range all {
			heads[bucket.Name] = bucket.Position
		}
		at = head.Position
		return err
	})
	if err != nil {
		return 0, nil, fault.Wrap("api.heads", err)
	}
	one.at, one.read, one.heads = at, now, heads
	return at, heads, nil
}
