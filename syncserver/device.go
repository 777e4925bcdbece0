package main

import (
	"context"
	"errors"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// deviceVerbs are about bookstores' PCs.
type deviceVerbs struct {
	Code deviceCode `cmd:"" help:"Make a code by which a PC joins a store."`
}

// deviceCode makes an enrolment code. It works beside a running server.
type deviceCode struct {
	Store string        `required:"" help:"The store that the PC will be of."`
	Label string        `help:"What the PC will be called." default:"PC"`
	For   time.Duration `help:"How long the code is good." default:"24h"`
}

// Run makes the code and prints it: it is kept nowhere.
func (v *deviceCode) Run(ctx context.Context, p *program) error {
	if v.For < time.Minute || v.For > 7*24*time.Hour {
		return fault.New(fault.Invalid, "server.code_life")
	}
	h, err := p.openThere(ctx)
	if err != nil {
		return err
	}
	return errors.Join(v.make(ctx, h), h.close())
}

func (v *deviceCode) make(ctx context.Context, h *house) error {
	if h.row == nil {
		return fault.New(fault.NotFound, "server.no_district")
	}
	code := h.ids.Code(syncproto.CodeGroups)
	hash, ok := syncproto.CodeHash(code)
	if !ok {
		return fault.New(fault.Internal, "")
	}
	until := h.ledger.Now() + v.For.Milliseconds()
	results, err := h.ledger.Act(ctx, h.district, ledger.Actor{Role: payback.RoleOfficer},
		&payback.MakeEnrolCode{Hash: hash, Store: payback.StoreID(v.Store), Label: v.Label, Expires: until})
	if err != nil {
		return err
	}
	if r := results[0]; !r.Done() {
		return r.Reason.Fault(fault.NotFound)
	}
	print, err := h.db.Setting(ctx, settingCA)
	if err != nil {
		return err
	}
	public, err := h.db.Setting(ctx, settingPublic)
	if err != nil {
		return err
	}
	code = withCA(code, print)
	if h.p.JSON {
		return h.p.inJSON(map[string]any{"code": code, "store": v.Store, "expires": until, "server": public})
	}
	zone, err := time.LoadLocation(h.row.Zone)
	if err != nil {
		return fault.Wrap("main.deviceCode", err)
	}
	ends := time.UnixMilli(until).In(zone)
	h.p.tell("server.code", "Code", code, "Store", v.Store, "Until", assets.Date(ends, h.p.say.Lang())+" "+assets.Clock(ends))
	if public != "" {
		h.p.tell("server.code_use", "Server", public, "Code", code)
	}
	return nil
}
