package db

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// A record of the journal, all numbers big-endian:
//
//	magic    8 bytes
//	length   4 bytes, of what follows without the checksum
//	what     1 byte, one of the constants below
//	run      1 byte of length, then the run
//	wseq     8 bytes
//	prev     32 bytes, the hash of the op before; zero for a run's first op
//	sum      32 bytes, SHA-256 of the data
//	id       1 byte of length, then the id of an attachment
//	data     the op's bytes as written, or the attachment's
//	checksum 4 bytes, CRC-32C of length to data
const (
	jnlMagic = "\xb5\xf1BPJ1\xf1\xb5" // no UTF-8: it stands in no op
	jnlHead  = len(jnlMagic) + 4
	jnlFixed = 1 + 1 + 8 + sha256.Size + sha256.Size + 1
	jnlMax   = jnlFixed + 2*255 + syncproto.MaxServerOp // a longer length is damage

	jnlOp         = 1
	jnlAttachment = 2
)

// jnlRecord is one record: an op, or what travels beside one.
type jnlRecord struct {
	what byte
	run  payback.RunID
	wseq uint64
	prev syncproto.Hash
	id   string
	data []byte
}

// opRef names an op within this folder.
type opRef struct {
	run  payback.RunID
	wseq uint64
}

func (r *jnlRecord) ref() opRef { return opRef{r.run, r.wseq} }

// jnlOpOf returns the record of an op, and of its attachment if it has one.
func jnlOpOf(ref opRef, raw []byte, a *Attachment) []jnlRecord {
	r := jnlRecord{what: jnlOp, run: ref.run, wseq: ref.wseq, data: raw}
	if e, err := syncproto.Decode(raw); err == nil {
		r.prev = e.Prev
	}
	if a == nil {
		return []jnlRecord{r}
	}
	return []jnlRecord{r, {what: jnlAttachment, run: ref.run, wseq: ref.wseq, id: a.ID, data: a.Data}}
}

// appendTo appends the record's bytes to buf.
func (r *jnlRecord) appendTo(buf []byte) []byte {
	buf = append(buf, jnlMagic...)
	from := len(buf)
	buf = binary.BigEndian.AppendUint32(buf, uint32(jnlFixed+len(r.run)+len(r.id)+len(r.data)))
	buf = append(buf, r.what, byte(len(r.run)))
	buf = append(buf, r.run...)
	buf = binary.BigEndian.AppendUint64(buf, r.wseq)
	buf = append(buf, r.prev[:]...)
	sum := sha256.Sum256(r.data)
	buf = append(buf, sum[:]...)
	buf = append(buf, byte(len(r.id)))
	buf = append(buf, r.id...)
	buf = append(buf, r.data...)
	return binary.BigEndian.AppendUint32(buf, crc32.Checksum(buf[from:], crc32.MakeTable(crc32.Castagnoli)))
}

// readJnlRecord reads the record that data begins with, and its size; false if
// there is no whole and undamaged one.
func readJnlRecord(data []byte) (r jnlRecord, size int, ok bool) {
	if len(data) < jnlHead || string(data[:len(jnlMagic)]) != jnlMagic {
		return r, 0, false
	}
	length := int(binary.BigEndian.Uint32(data[len(jnlMagic):]))
	size = jnlHead + length + 4
	if length < jnlFixed || length > jnlMax || size > len(data) {
		return r, 0, false
	}
	body := data[jnlHead : size-4]
	if crc32.Checksum(data[len(jnlMagic):size-4], crc32.MakeTable(crc32.Castagnoli)) != binary.BigEndian.Uint32(data[size-4:size]) {
		return r, 0, false
	}
	r.what = body[0]
	n := int(body[1])
	if length < jnlFixed+n {
		return r, 0, false
	}
	r.run, body = payback.RunID(body[2:2+n]), body[2+n:]
	r.wseq = binary.BigEndian.Uint64(body)
	body = body[8+copy(r.prev[:], body[8:]):]
	sum, body := body[:sha256.Size], body[sha256.Size:]
	n = int(body[0])
	if len(body) < 1+n {
		return r, 0, false
	}
	r.id, r.data = string(body[1:1+n]), body[1+n:]
	own := sha256.Sum256(r.data)
	return r, size, bytes.Equal(own[:], sum)
}

// scanJnl reads the records of a segment. End is where the next one goes. What
// can't be read is skipped by magic; bad counts such stretches, but not a torn
// tail, which a program that was cut off leaves.
func scanJnl(all []byte) (out []jnlRecord, end, bad int) {
	used := len(bytes.TrimRight(all, "\x00"))
	at := 0
	for at < used {
		if r, size, ok := readJnlRecord(all[at:]); ok {
			out, at = append(out, r), at+size
			continue
		}
		next := bytes.Index(all[at+1:used], []byte(jnlMagic))
		if next < 0 {
			return out, used, bad
		}
		bad, at = bad+1, at+1+next
	}
	return out, at, bad
}
