package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// maxNote is the longest reason of an officer's word, in bytes.
const maxNote = 500

func (c *console) asides(v *web.Visit) error {
	list, err := c.Query.Asides(v.Context(), c.District, v.Page())
	if err != nil {
		return err
	}
	return v.Show("asides", map[string]any{"List": list, "Path": "/aside"})
}

// asidePage is one op that was put aside, and what an officer wrote of it.
type asidePage struct {
	query.AsideView
	Kinds []payback.Kind // what it can be rewritten to
	Of    payback.Kind
	Text  string // the body, as the officer has it
	Note  string
	Wrong string // why that can't be right
}

// onAside finds the op that an address names.
func (c *console) onAside(v *web.Visit) (page asidePage, err error) {
	wseq, err := strconv.ParseUint(v.R.PathValue("wseq"), 10, 63)
	if err != nil {
		return page, fault.New(fault.NotFound, "")
	}
	if page.AsideView, err = c.Query.OneAside(v.Context(), c.District, payback.RunID(v.R.PathValue("run")), wseq); err != nil {
		return page, err
	}
	page.Of, page.Text = page.Op.Kind, page.JSON
	if page.Of.AtCounter() {
		page.Kinds = []payback.Kind{page.Of}
		return page, nil
	}
	for _, k := range payback.Kinds() {
		if k.AtCounter() {
			page.Kinds = append(page.Kinds, k)
		}
	}
	slices.Sort(page.Kinds)
	return page, nil
}

func (c *console) aside(v *web.Visit) error {
	page, err := c.onAside(v)
	if err != nil {
		return err
	}
	return v.Show("aside", page)
}

// mend does an officer's word. What can't be right is shown again as it was typed.
func (c *console) mend(v *web.Visit) error {
	page, err := c.onAside(v)
	if err != nil {
		return err
	}
	page.Note = v.Form("note")
	m := &payback.Mend{Run: page.Op.Run, Wseq: page.Op.Wseq, Was: page.Op.Verdict, What: payback.MendWhat(v.Form("what")),
		Note: page.Note, ID: c.IDs.New()}
	if m.What == payback.MendRewrite {
		page.Of, page.Text = payback.Kind(v.Form("of")), v.Form("body")
		m.Of = page.Of
		m.Body, page.Wrong = c.written(v, page)
	}
	switch {
	case page.Wrong != "":
	case page.Note == "" || len(page.Note) > maxNote:
		page.Wrong = v.Say("console.aside.needs")
	case !page.Open():
		page.Wrong = v.Reason(payback.Reason{Key: "moot"})
	case !m.Check().None():
		page.Wrong = v.Say("console.aside.which")
	}
	if page.Wrong != "" {
		return v.ShowAs(http.StatusUnprocessableEntity, "aside", page)
	}
	done, err := c.act(v, m)
	if err != nil {
		return err
	}
	now, err := c.onAside(v)
	if err != nil {
		return err
	}
	told(v, done, v.Say("console.aside.done", "Verdict", v.Say("payback.verdict."+string(now.Op.Verdict))))
	return v.Go("/aside/" + string(m.Run) + "/" + strconv.FormatUint(m.Wseq, 10))
}

// written reads the body that an officer wrote, or says what is wrong with it.
func (c *console) written(v *web.Visit, page asidePage) (body json.RawMessage, wrong string) {
	if len(page.Text) > payback.MaxMendBody {
		return nil, v.Say("console.aside.too_long", "Limit", strconv.Itoa(payback.MaxMendBody>>10))
	}
	if !slices.Contains(page.Kinds, page.Of) {
		return nil, v.Say("console.aside.which")
	}
	var field *payback.BodyError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	_, err := payback.DecodeBody(page.Of, []byte(page.Text))
	switch {
	case err == nil:
		return json.RawMessage(page.Text), ""
	case errors.As(err, &field):
		return nil, v.Reason(field.Reason)
	case errors.As(err, &syntax):
		return nil, v.Say("console.aside.not_json", "At", strconv.FormatInt(syntax.Offset, 10))
	case errors.As(err, &kind):
		return nil, v.Say("console.aside.wrong_value", "Field", kind.Field)
	}
	return nil, v.Say("console.aside.not_json", "At", strconv.Itoa(len(page.Text)))
}
