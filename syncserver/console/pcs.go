package console

import (
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// An enrolment code: three groups of four characters are the secret, 60 bits, good
// once and for a day; the groups after them are the fingerprint of the server's
// own certificate authority, which is no secret.
const codeLife = 24 * time.Hour

// pcsPage is the list of PCs; Code is the code that was just made, shown once.
type pcsPage struct {
	query.Fleet
	Stores  []*payback.Store
	Code    string
	For     *payback.Store
	Label   string
	Expires int64
	Server  string
}

func (c *console) pcs(v *web.Visit) error {
	page, err := c.pcsPage(v)
	if err != nil {
		return err
	}
	return v.Show("pcs", page)
}

func (c *console) pcsPage(v *web.Visit) (page pcsPage, err error) {
	if page.Fleet, err = c.Query.Fleet(v.Context(), c.District); err != nil {
		return page, err
	}
	page.Stores, err = c.Query.Stores(v.Context(), c.District)
	return page, err
}

// makeCode makes a code and shows it in the reply: it is kept nowhere.
func (c *console) makeCode(v *web.Visit) error {
	page, err := c.pcsPage(v)
	if err != nil {
		return err
	}
	for _, s := range page.Stores {
		if string(s.ID) == v.Form("store") {
			page.For = s
		}
	}
	if page.For == nil {
		v.Tell("look", v.Say("console.pcs.choose_store"))
		return v.Go("/pcs")
	}
	code := c.IDs.Code(syncproto.CodeGroups)
	hash, ok := syncproto.CodeHash(code)
	if !ok {
		return fault.New(fault.Internal, "")
	}
	page.Label, page.Expires = v.Form("label"), v.Now()+codeLife.Milliseconds()
	done, err := c.act(v, &payback.MakeEnrolCode{Hash: hash, Store: page.For.ID, Label: page.Label, Expires: page.Expires})
	if err != nil {
		return err
	}
	if !done.Done() {
		told(v, done, "")
		return v.Go("/pcs")
	}
	page.Code, page.Server = code, c.PublicURL
	if c.CAPrint != "" {
		page.Code += "-" + c.CAPrint
	}
	if page.Server == "" {
		page.Server = "http://" + v.R.Host
	}
	return v.Show("pcs", page)
}

// onePC finds a PC; not_found if there is none.
func (c *console) onePC(v *web.Visit) (query.PC, error) {
	fleet, err := c.Query.Fleet(v.Context(), c.District)
	if err != nil {
		return query.PC{}, err
	}
	for _, pc := range fleet.PCs {
		if string(pc.Device.ID) == v.R.PathValue("id") {
			return pc, nil
		}
	}
	return query.PC{}, fault.New(fault.NotFound, "")
}

func (c *console) pc(v *web.Visit) error {
	pc, err := c.onePC(v)
	if err != nil {
		return err
	}
	held, err := c.Query.HeldBy(v.Context(), c.District, pc.Device.ID)
	if err != nil {
		return err
	}
	kept, err := c.Query.KeptOf(v.Context(), c.District, pc.Device.ID)
	if err != nil {
		return err
	}
	return v.Show("pc", map[string]any{"PC": pc, "Held": len(held), "Kept": kept})
}

// revoke takes a PC out and gives the refund rights that it holds to the server,
// in parts that one op can carry.
func (c *console) revoke(v *web.Visit) error {
	pc, err := c.onePC(v)
	if err != nil {
		return err
	}
	held, err := c.Query.HeldBy(v.Context(), c.District, pc.Device.ID)
	if err != nil {
		return err
	}
	for part := 0; part == 0 || len(held) > 0; part++ {
		loans := held[:min(payback.MaxRows, len(held))]
		held = held[len(loans):]
		done, err := c.act(v, &payback.Revoke{Device: pc.Device.ID, Loans: loans, Part: part})
		if err != nil {
			return err
		}
		told(v, done, v.Say("console.pcs.revoked"))
		if !done.Done() {
			break
		}
	}
	return v.Go("/pcs")
}
