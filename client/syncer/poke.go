package syncer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// pokeSilence is after how long without an event or a beat (the server sends one
// every 25 s) pokes count as not heard. A proxy that keeps a reply back until it
// ends is found by this, and so is a connection that died in a sleep.
const pokeSilence = 45 * time.Second

// maxPokeLine is the longest line of a poke, in bytes.
const maxPokeLine = 64 << 10

// After an outage of the server longAway long, its counters come back by
// themselves. What they missed they fetch within herd, not all at once; an act or a
// kick waits for nothing.
const (
	longAway = 10 * time.Minute
	herd     = 120 * time.Second
)

// ear is what is heard of the server between exchanges. Its methods may be used by
// several goroutines at once.
type ear struct {
	mu    sync.Mutex                // protects all below
	heard bool                      // a verified stream is open and was not silent too long
	heads map[payback.Bucket]uint64 // as last told on this stream
	end   func()                    // ends the open stream; nil while there is none
}

func (e *ear) live() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard
}

// opened notes a stream that is being opened; nil ends it.
func (e *ear) opened(end func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard, e.heads, e.end = false, nil, end
}

// told takes in an event, whose heads may be none.
func (e *ear) told(moved map[payback.Bucket]uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = true
	if e.heads == nil {
		e.heads = map[payback.Bucket]uint64{}
	}
	maps.Copy(e.heads, moved)
}

// known returns the heads as last told.
func (e *ear) known() map[payback.Bucket]uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.heads)
}

// hangUp ends the open stream, if there is one. From now on nothing is heard, so that
// the exchange which follows is not followed by a calm minute.
func (e *ear) hangUp() {
	e.mu.Lock()
	end := e.end
	e.heard = false
	e.mu.Unlock()
	if end != nil {
		end()
	}
}

// listen holds a poke open until ctx ends, and rings the bell when one says
// something. It begins only after an exchange that succeeded, and after each end of
// a stream rests as exchanges do and waits for the next success: so a server that
// comes back meets the exchanges' spread, not all the pokes.
func (s *Syncer) listen(ctx context.Context, good <-chan struct{}, bell chan<- struct{}) {
	for fails := 0; ctx.Err() == nil; {
		select {
		case <-good:
		case <-ctx.Done():
			return
		}
		spoke, err := s.hear(ctx, bell)
		if fails++; spoke {
			fails = 0
		}
		s.mu.Lock()
		wait := s.rest(errors.Join(errDeaf, err), fails)
		s.mu.Unlock()
		if !pause(ctx, wait, nil) {
			return
		}
		select {
		case <-good: // of before
		default:
		}
	}
}

// errDeaf is the end of a poke.
var errDeaf = errors.New("no longer poked")

// hear holds one poke open until it ends or is silent too long, and says whether
// anything was heard.
func (s *Syncer) hear(ctx context.Context, bell chan<- struct{}) (spoke bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(pokeSilence, cancel)
	defer silent.Stop()
	s.ear.opened(cancel)
	defer s.ear.opened(nil)
	request, nonce, server, err := s.poke(ctx)
	if err != nil {
		return false, err
	}
	body, err := opened(ctx, request, nonce, server)
	if err != nil {
		return false, err
	}
	defer body.Close()
	err = events(body, func(data []byte) error {
		silent.Reset(pokeSilence)
		spoke = true
		var moved map[payback.Bucket]uint64
		if len(data) > 0 && json.Unmarshal(data, &moved) != nil {
			return nonsense("a poke can't be read")
		}
		s.ear.told(moved)
		if len(moved) > 0 {
			ring(bell)
		}
		return nil
	})
	return spoke, err
}

// pokeRequest is a signed request, ready to be sent.
type pokeRequest func() (*resty.Response, error)

// poke makes the request: what it needs of the syncer is read between exchanges.
func (s *Syncer) poke(ctx context.Context) (send pokeRequest, nonce string, server keys.Public, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, l, err := s.connect(ctx)
	if err != nil {
		return nil, "", "", err
	}
	other := *l
	other.http = l.open
	request, nonce, err := other.request(ctx, http.MethodGet, pathPoke, nil)
	if err != nil {
		return nil, "", "", err
	}
	request.SetHeader("Accept", "text/event-stream").SetDoNotParseResponse(true)
	return func() (*resty.Response, error) { return request.Get(l.base + pathPoke) }, nonce, l.pinned, nil
}

// opened sends the request and returns the body of a reply that is the server's
// own. Its signature is over no bytes, since the body has no end.
func opened(ctx context.Context, send pokeRequest, nonce string, server keys.Public) (io.ReadCloser, error) {
	response, err := send()
	if err != nil {
		return nil, noReply(ctx, err)
	}
	body, sig := response.RawBody(), syncproto.Signature(response.Header().Get(syncproto.HeaderSignature))
	if response.StatusCode() == http.StatusOK && syncproto.VerifyReply(server, http.StatusOK, pathPoke, nonce, nil, sig) {
		return body, nil
	}
	defer body.Close()
	said, err := io.ReadAll(io.LimitReader(body, maxRefusal))
	switch {
	case err != nil:
		return nil, noReply(ctx, err)
	case !syncproto.VerifyReply(server, response.StatusCode(), pathPoke, nonce, said, sig):
		return nil, unsigned(response.StatusCode(), sig != "")
	}
	return nil, refusal(response.StatusCode(), said)
}

// events reads server-sent events and calls each with its data, which is empty for
// a mere comment, until the stream ends.
func events(stream io.Reader, each func(data []byte) error) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxPokeLine)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes() // Scan takes the line's end off, with its carriage return
		if text, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			data = append(data, bytes.TrimPrefix(text, []byte(" "))...)
		}
		if len(line) > 0 {
			continue
		}
		if err := each(data); err != nil {
			return err
		}
		data = data[:0]
	}
	return lines.Err()
}

// behind says whether the server's heads, as last told, are not where this PC is,
// and over how long the pull should be spread.
func (s *Syncer) behind(ctx context.Context) (bool, time.Duration) {
	cursors, err := s.db.Cursors(ctx)
	if err != nil {
		return true, 0 // the exchange will say why
	}
	heads, differs := s.ear.known(), false
	for _, c := range cursors {
		head, told := heads[c.Name]
		differs = differs || told && head != c.Cursor
	}
	state, err := s.db.SyncState(ctx)
	if err != nil || !differs || s.env.Clock.Now().Wall-state.Pulled < longAway.Milliseconds() {
		return differs, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return true, s.spread(herd)
}
