package main

import (
	"context"
	"io"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// carriedIn is what an import of carried ops did.
type carriedIn struct {
	File    string `json:"file"`
	Device  string `json:"device"`
	Packets int    `json:"packets"` // in the file, as its header says
	Damaged int    `json:"damaged"` // of these, damaged or missing
	Refused int    `json:"refused"` // of these, not taken in
	Ops     int    `json:"ops"`     // that the ledger has now
	New     int    `json:"new"`     // of these, not there before
}

// ops takes a file in that a counter exported. What is there already keeps its
// first verdict. The exit code is 2 when something was damaged or refused.
func (v *importVerb) ops(ctx context.Context, h *house, in io.Reader, name string) error {
	head, packets, err := syncproto.ReadCarry(in)
	if err != nil {
		return err
	}
	if head.District != h.district {
		return fault.New(fault.Invalid, "sync.carry_other_district")
	}
	door, err := api.New(api.Options{DB: h.db, Ledger: h.ledger, Vault: h.vault, District: h.district, Key: h.key, Box: h.box,
		Clock: h.clock, Program: version, Log: h.p.log})
	if err != nil {
		return err
	}
	done := carriedIn{File: name, Device: string(head.Device), Packets: head.Packets, Damaged: head.Packets - len(packets)}
	for _, p := range packets {
		if v.Check {
			break
		}
		if err := v.packet(ctx, h, door, p, &done); err != nil {
			return err
		}
	}
	if h.p.JSON {
		err = h.p.inJSON(done)
	} else {
		h.p.tell("server.carried", "File", name, "Ops", strconv.Itoa(done.Ops), "New", strconv.Itoa(done.New))
	}
	if err == nil && done.Damaged+done.Refused > 0 {
		err = fault.New(fault.Invalid, "server.carried_not", "Damaged", strconv.Itoa(done.Damaged), "Refused", strconv.Itoa(done.Refused))
	}
	return err
}

// packet takes one packet in. A packet that is refused is told and stops nothing.
func (v *importVerb) packet(ctx context.Context, h *house, door *api.Server, packet []byte, done *carriedIn) error {
	var before uint64
	err := h.db.View(ctx, h.district, func(r db.Reader) error {
		head, err := r.Head()
		before = head.Position
		return err
	})
	if err != nil {
		return err
	}
	_, reply, err := door.Carried(ctx, h.district, packet)
	switch code := fault.CodeOf(err); {
	case code == fault.Invalid, code == fault.Forbidden, code == fault.Limited:
		key, args := fault.Message(err)
		h.p.warn("server.line", "Text", h.p.say.Say(key, args))
		done.Refused++
		return nil
	case err != nil:
		return err
	case reply.Fork != 0:
		h.p.warn("sync.carry_fork")
		done.Refused++
	case reply.Gap != 0:
		h.p.warn("sync.carry_gap")
		done.Refused++
	}
	for _, told := range reply.Verdicts {
		if done.Ops++; told.Position > before {
			done.New++
		}
	}
	return nil
}
