package console

import (
	"net/url"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/report"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// statsPage is one report about a period.
type statsPage struct {
	Report  string
	Reports []string
	Period  report.Period
	Table   report.Table
	Chart   bool
	Problem string
}

// Address is the address of this report in a form: "csv" or "svg", "" for the page.
func (p statsPage) Address(format string) string {
	q := url.Values{"report": {p.Report}, "from": {string(p.Period.From)}, "to": {string(p.Period.To)}}
	if format != "" {
		q.Set("format", format)
	}
	return Prefix + "/stats?" + q.Encode()
}

// reports are what can be counted, in the order of their tabs.
func reports() []string { return []string{"funnel", "returns", "holdings", "users", "settlements"} }

// stats shows one report of a period, this year's so far unless another was asked
// for, as a page, a file or a picture. A handler that was given instead wins.
func (c *console) stats(v *web.Visit) error {
	if c.Stats != nil {
		c.Stats.ServeHTTP(v.W, v.R)
		return nil
	}
	today := v.Today()
	page := statsPage{Report: v.Query("report"), Reports: reports(), Period: report.Period{From: payback.Date(today.Year() + "-01-01"), To: today}}
	if from, to := v.Query("from"), v.Query("to"); from != "" && to != "" {
		page.Period = report.Period{From: payback.Date(from), To: payback.Date(to)}
	}
	if page.Report == "" {
		page.Report = page.Reports[0]
	}
	table, chart, err := c.count(v, page.Report, page.Period)
	if text, ours := v.Problem(err); ours && fault.CodeOf(err) == fault.Invalid {
		page.Problem = text
		return v.ShowAs(fault.Status(fault.Invalid), "stats", page)
	}
	if err != nil {
		return err
	}
	page.Table, page.Chart = table, chart != nil
	switch v.Query("format") {
	case "csv":
		v.W.Header().Set("Content-Type", "text/csv; charset=utf-8")
		v.W.Header().Set("Content-Disposition", `attachment; filename="`+page.Report+`.csv"`)
		return fault.Wrap("console.stats", table.CSV(v.W))
	case "svg":
		v.W.Header().Set("Content-Type", "image/svg+xml")
		v.W.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = v.W.Write(chart)
		return nil
	}
	return v.Show("stats", page)
}

// count makes a report, with its chart if it has one.
func (c *console) count(v *web.Visit, name string, p report.Period) (t report.Table, chart []byte, err error) {
	ctx, r, say := v.Context(), report.New(c.Ledger.View), report.Say(v.SayPlain)
	var libraries report.Libraries
	switch name {
	case "funnel":
		f, err := r.Funnel(ctx, c.District, p)
		if err != nil {
			return t, nil, err
		}
		return f.Table(say), nil, nil
	case "users":
		u, err := r.Users(ctx, c.District, p)
		if err != nil {
			return t, nil, err
		}
		return u.Table(say), nil, nil
	case "settlements":
		s, err := r.Settlements(ctx, c.District, p)
		if err != nil {
			return t, nil, err
		}
		return s.Table(say), nil, nil
	case "returns":
		libraries, err = r.Returns(ctx, c.District, p)
	case "holdings":
		libraries, err = r.Holdings(ctx, c.District)
	default:
		return t, nil, fault.New(fault.NotFound, "")
	}
	if err != nil {
		return t, nil, err
	}
	chart, err = libraries.Chart(say)
	return libraries.Table(say), chart, err
}
