package syncer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// The message keys of carried ops.
const (
	KeyOtherDistrict = "sync.carry_other_district"
	KeyOwnFile       = "sync.carry_own"    // this PC's own: what is in it is here
	KeyCarryGap      = "sync.carry_gap"    // the server lacks ops before these
	KeyCarryFork     = "sync.carry_fork"   // the server has others under these numbers
	KeyNoSuchRun     = "sync.carry_no_ops" // nothing unacknowledged to write
)

// carryBytes is about how large a packet of a file is, unpacked.
const carryBytes = 4 << 20

// Export returns the file of everything that the server has not acknowledged, of the
// runs named or, if none is, of all, and how many ops are in it: to be imported at
// another PC of the district or by the server's operator. It changes nothing here.
// Faults: unauthorized if not enrolled, not_found if there is nothing, limited.
func (s *Syncer) Export(ctx context.Context, runs []payback.RunID) (file []byte, ops int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, l, err := s.connect(ctx)
	if err != nil {
		return nil, 0, fault.Wrap("syncer.Export", err)
	}
	list, err := s.db.Unacked(ctx, runs, syncproto.MaxPushOps, carryBytes)
	if err != nil {
		return nil, 0, fault.Wrap("syncer.Export", err)
	}
	if len(list) == 0 {
		return nil, 0, fault.New(fault.NotFound, KeyNoSuchRun)
	}
	packets := make([][]byte, 0, len(list))
	for _, b := range list {
		head, frames := pushOf(e, l, b)
		head.Author, head.Clock = e.Device, s.db.Watch().Check()
		packet, err := s.packer.Pack(head, frames)
		if err != nil {
			return nil, 0, fault.Wrap("syncer.Export", err)
		}
		packets, ops = append(packets, packet), ops+len(b.Ops)
	}
	file, err = syncproto.EncodeCarry(syncproto.Carry{District: e.District, Device: e.Device, PublicKey: l.key.Public(),
		Made: s.env.Clock.Now().Wall, Packets: len(packets), Ops: ops}, packets)
	return file, ops, fault.Wrap("syncer.Export", err)
}

// WriteNew writes a file that must not exist yet, whole and on disk or not at all.
func WriteNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fault.New(fault.Conflict, "sync.carry_exists", "File", filepath.Base(path))
	case err != nil:
		return fault.New(fault.Unavailable, "sync.carry_not_written", "File", filepath.Base(path)).Because(err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "sync.carry_not_written", "File", filepath.Base(path)).Because(errors.Join(err, os.Remove(path)))
}

// Imported is what an import found in a file.
type Imported struct {
	Author  payback.DeviceID `json:"author"`
	Packets int              `json:"packets"` // in the file, as its header says
	Damaged int              `json:"damaged"` // of these: damaged, missing, or not signed by the author
	Ops     int              `json:"ops"`     // in the packets that are whole
	Taken   int              `json:"taken"`   // packets that wait here now and did not before
}

// Import reads a file that another PC of the district exported and keeps what is
// whole in it, to be passed on with the next exchange. The same file twice is no
// harm. Faults: unauthorized if not enrolled, those of syncproto.ReadCarry, conflict
// for this PC's own file, invalid for another district's or one without a whole part.
func (s *Syncer) Import(ctx context.Context, file io.Reader) (in Imported, err error) {
	e, ok, err := s.db.Enrolment(ctx)
	switch {
	case err != nil:
		return in, fault.Wrap("syncer.Import", err)
	case !ok:
		return in, fault.New(fault.Unauthorized, KeyNotEnrolled)
	}
	head, packets, err := syncproto.ReadCarry(file)
	switch {
	case err != nil:
		return in, fault.Wrap("syncer.Import", err)
	case head.District != e.District:
		return in, fault.New(fault.Invalid, KeyOtherDistrict)
	case head.Device == e.Device:
		return in, fault.New(fault.Conflict, KeyOwnFile)
	}
	in.Author, in.Packets = head.Device, head.Packets
	var good []db.Relay
	for _, p := range packets {
		if r, ok := s.relayOf(head, p); ok {
			good, in.Ops = append(good, r), in.Ops+int(r.Last-r.First+1)
		}
	}
	in.Damaged = head.Packets - len(good)
	if len(good) == 0 {
		return in, fault.New(fault.Invalid, "sync.carry_not_one")
	}
	in.Taken, err = s.db.AddRelays(ctx, good)
	return in, fault.Wrap("syncer.Import", err)
}

// relayOf reads one packet of a file; false if it is not what its author signed. The
// server looks again, by the key that it knows.
func (s *Syncer) relayOf(head syncproto.Carry, packet []byte) (r db.Relay, ok bool) {
	var h syncproto.Push
	frames, err := s.packer.Unpack(packet, &h)
	if err != nil || h.Ops < 1 || h.Ops > len(frames) || h.From == 0 || h.Author != head.Device {
		return r, false
	}
	last := h.From + uint64(h.Ops) - 1
	if h.Tip.Run != h.Run || h.Tip.Wseq != last || h.Tip.Hash != syncproto.HashOf(frames[h.Ops-1]) || !h.Tip.Verify(head.PublicKey) {
		return r, false
	}
	sum := sha256.Sum256(packet)
	return db.Relay{ID: base64.RawURLEncoding.EncodeToString(sum[:]), Author: h.Author, Run: h.Run, First: h.From, Last: last, Packet: packet}, true
}

// relay passes on what was imported. What the server refuses is kept with its reason
// and stops nothing.
func (s *Syncer) relay(ctx context.Context, l *line) error {
	for {
		p, ok, err := s.db.NextRelay(ctx)
		if err != nil || !ok {
			return err
		}
		a, err := l.call(ctx, http.MethodPost, pathPush, syncproto.ContentPacket, p.Packet)
		if err != nil && keyOf(err) != KeyRefused {
			return err
		}
		refused := payback.Reason{}
		if err != nil {
			refused = reasonOf(err)
			if said := saidBy(err); said != nil {
				refused = payback.Reason{Key: said.Key, Args: said.Args}
			}
		} else {
			var reply syncproto.PushReply
			if s.readHeader(a.body, &reply) != nil {
				return nonsense("the answer to a carried push can't be read")
			}
			refused = notTaken(p, reply)
		}
		if err := s.db.Relayed(ctx, p.ID, refused); err != nil {
			return err
		}
	}
}

// notTaken says why a packet was not taken in whole; none if it was.
func notTaken(p db.Relay, reply syncproto.PushReply) payback.Reason {
	switch {
	case reply.Fork != 0:
		return payback.Reason{Key: KeyCarryFork}
	case reply.Gap != 0 || reply.Acked < p.Last:
		return payback.Reason{Key: KeyCarryGap}
	}
	return payback.Reason{}
}
