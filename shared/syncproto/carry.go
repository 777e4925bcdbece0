package syncproto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// MaxCarry is the largest file of carried ops, in bytes.
const MaxCarry = 64 << 20

// CarryMagic begins a file of carried ops.
const CarryMagic = "bookpayback carry v1\n"

// Carry is the header of a file of carried ops.
type Carry struct {
	V         int                `json:"v"`
	District  payback.DistrictID `json:"district"`
	Device    payback.DeviceID   `json:"device"` // who wrote the ops
	PublicKey keys.Public        `json:"public_key"`
	Made      int64              `json:"made"` // UTC ms by that device
	Packets   int                `json:"packets"`
	Ops       int                `json:"ops"`
}

// The message keys of this file's faults.
const (
	keyNoCarry    = "sync.carry_not_one"
	keyBigCarry   = "sync.carry_too_large"
	keyNewerCarry = "sync.carry_newer"
)

// carryFrame is what stands before each part of the file: its length and hash.
const carryFrame = 4 + sha256.Size

// EncodeCarry returns the file of a header and packets. Packets and Ops are the
// caller's to count. Fault code limited if it would be larger than MaxCarry.
func EncodeCarry(head Carry, packets [][]byte) ([]byte, error) {
	head.V = Version
	first, err := json.Marshal(head)
	if err != nil {
		return nil, fault.Wrap("syncproto.EncodeCarry", err)
	}
	size := len(CarryMagic) + carryFrame + len(first)
	for _, p := range packets {
		size += carryFrame + len(p)
	}
	if size > MaxCarry {
		return nil, fault.New(fault.Limited, keyBigCarry, "Limit", strconv.Itoa(MaxCarry>>20))
	}
	out := append(make([]byte, 0, size), CarryMagic...)
	for _, part := range append([][]byte{first}, packets...) {
		sum := sha256.Sum256(part)
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(append(out, sum[:]...), part...)
	}
	return out, nil
}

// ReadCarry reads a file of carried ops: its header and the packets that are whole.
// The number of those that are damaged or missing is head.Packets less theirs.
// Faults: invalid if it is no such file or its header is damaged, limited if it is
// too large, forbidden if a later version wrote it.
func ReadCarry(r io.Reader) (head Carry, packets [][]byte, err error) {
	file, err := io.ReadAll(io.LimitReader(r, MaxCarry+1))
	switch {
	case err != nil:
		return head, nil, fault.Wrap("syncproto.ReadCarry", err)
	case len(file) > MaxCarry:
		return head, nil, fault.New(fault.Limited, keyBigCarry, "Limit", strconv.Itoa(MaxCarry>>20))
	}
	rest, ok := bytes.CutPrefix(file, []byte(CarryMagic))
	if !ok {
		return head, nil, fault.New(fault.Invalid, keyNoCarry)
	}
	first, rest, err := carryPart(rest)
	if err != nil || json.Unmarshal(first, &head) != nil || head.Device == "" || head.Packets < 0 {
		return head, nil, fault.New(fault.Invalid, keyNoCarry)
	}
	if head.V > Version {
		return head, nil, fault.New(fault.Forbidden, keyNewerCarry)
	}
	for len(rest) > 0 && len(packets) < head.Packets {
		var part []byte
		part, rest, err = carryPart(rest)
		if err == nil {
			packets = append(packets, part)
		}
	}
	return head, packets, nil
}

var errCarryDamaged = errors.New("a part of a file of carried ops is damaged")

// carryPart reads one part. After a damaged one the rest begins where its length
// says; after one that is cut there is none.
func carryPart(file []byte) (part, rest []byte, err error) {
	if len(file) < carryFrame {
		return nil, nil, errCarryDamaged
	}
	n := int64(binary.BigEndian.Uint32(file))
	body := file[carryFrame:]
	if n > int64(len(body)) {
		return nil, nil, errCarryDamaged
	}
	part, rest = body[:n:n], body[n:]
	if sum := sha256.Sum256(part); !bytes.Equal(sum[:], file[4:carryFrame]) {
		return nil, rest, errCarryDamaged
	}
	return part, rest, nil
}
