package console

import (
	"encoding/csv"
	"net/url"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// library is the library whose desk the visitor looks at: a librarian's own, or
// the one that an officer names.
func library(v *web.Visit) payback.LibraryID {
	if v.Who.Role == payback.RoleOfficer {
		return payback.LibraryID(v.Query("library"))
	}
	return v.Who.Library
}

func (c *console) expected(v *web.Visit) error {
	at := library(v)
	if at == "" { // an officer chooses
		all, err := c.Query.Libraries(v.Context(), c.District)
		if err != nil {
			return err
		}
		return v.Show("libraries", all)
	}
	e, err := c.Query.Expected(v.Context(), c.District, at)
	if err != nil {
		return err
	}
	return v.Show("expected", e)
}

// boxPage is a box on the desk, with what the last scan was.
type boxPage struct {
	query.OpenBox
	Scan    string // names the next scan
	Last    *lastScan
	Spines  []Spine
	MayScan bool
}

// lastScan is what the band says of the scan before.
type lastScan struct {
	Match query.Match
	Title string
	By    string
	ISBN  payback.ISBN
	Home  string
}

// Spine is one volume drawn on the shelf, in units of the picture.
type Spine struct {
	X, Y, W, H int
	N          int // its number; 0 = missing
	Last       bool
	Shade      int // of three
}

// Middle is where the number stands.
func (s Spine) Middle() int { return s.X + s.W/2 }

func (c *console) openBox(v *web.Visit) error { return c.showBox(v, nil) }

func (c *console) showBox(v *web.Visit, last *lastScan) error {
	box, err := c.Query.OpenBox(v.Context(), c.District, deskOf(v), payback.TransferID(v.R.PathValue("box")))
	if err != nil {
		return err
	}
	page := boxPage{OpenBox: box, Scan: c.Ledger.NewID(), Last: last, Spines: spines(box, last != nil && last.Match == query.InBox),
		MayScan: v.Who.Role == payback.RoleLibrarian && box.Transfer.State != payback.TransferTaken}
	return v.Show("box", page)
}

// deskOf is the library whose boxes the visitor may open; "" = any.
func deskOf(v *web.Visit) payback.LibraryID {
	if v.Who.Role == payback.RoleOfficer {
		return ""
	}
	return v.Who.Library
}

// spines lays the box out as a shelf: widths and heights differ as books' do, by
// the numbers of the titles, so that a volume keeps its look.
func spines(b query.OpenBox, fresh bool) []Spine {
	const floor, gap, first = 164, 4, 1
	x := first
	var out []Spine
	add := func(v query.Volume, n int) {
		seed := 7 * (n + len(out))
		for _, r := range v.Copy.ISBN {
			seed = (seed*31 + int(r)) % 9973
		}
		w, h := 30+seed%24, 136+seed%25
		out = append(out, Spine{X: x, Y: floor - h, W: w, H: h, N: n, Shade: seed % 3})
		x += w + gap
	}
	for i, v := range b.In {
		add(v, i+1)
	}
	for _, v := range b.Missing {
		add(v, 0)
	}
	if n := len(b.In); fresh && n > 0 {
		out[n-1].Last = true
	}
	return out
}

// Width is the length of the shelf.
func (p boxPage) Width() int {
	if len(p.Spines) == 0 {
		return 100
	}
	last := p.Spines[len(p.Spines)-1]
	return last.X + last.W + 4
}

// scan records one scanned book and shows what it was.
func (c *console) scan(v *web.Visit) error {
	box := payback.TransferID(v.R.PathValue("box"))
	s, err := c.Query.Scan(v.Context(), c.District, v.Who.Library, box, v.Form("isbn"), v.Form("scan"), v.Form("second") == "yes")
	if text, ours := v.Problem(err); ours && fault.CodeOf(err) == fault.Invalid {
		v.Tell("not", text)
		return v.Go("/intake/" + url.PathEscape(string(box)))
	}
	if err != nil {
		return err
	}
	if s.Intake != nil {
		s.Intake.Damaged = v.Form("damaged") == "yes"
		done, err := c.act(v, s.Intake)
		if err != nil {
			return err
		}
		if !done.Done() {
			v.Tell("not", v.Reason(done.Reason))
			return v.Go("/intake/" + url.PathEscape(string(box)))
		}
	}
	last := &lastScan{Match: s.Match, ISBN: s.ISBN, Title: s.ISBN.Hyphenated()}
	if s.Title != nil {
		last.Title, last.By = s.Title.Name, s.Title.Author
	}
	if s.Home != nil {
		last.Home = s.Home.Name
	}
	return c.showBox(v, last)
}

// endBox says that the box is empty.
func (c *console) endBox(v *web.Visit) error {
	box, err := c.Query.OpenBox(v.Context(), c.District, v.Who.Library, payback.TransferID(v.R.PathValue("box")))
	if err != nil {
		return err
	}
	done, err := c.act(v, &payback.EndIntake{Transfer: box.Transfer.ID, Library: box.Transfer.Library})
	if err != nil {
		return err
	}
	told(v, done, v.Say("console.intake.ended", "In", len(box.In), "Missing", len(box.Missing)))
	return v.Go("/intake")
}

// boxList is what came out of the box, as a file for the library's own system.
func (c *console) boxList(v *web.Visit) error {
	box, err := c.Query.OpenBox(v.Context(), c.District, deskOf(v), payback.TransferID(v.R.PathValue("box")))
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.W.Header().Set("Content-Disposition", `attachment; filename="box.csv"`)
	_, _ = v.W.Write([]byte("\uFEFF")) // spreadsheets take it for Korean only with this mark
	out := csv.NewWriter(v.W)
	_ = out.Write([]string{"isbn", "title", "author", "publisher", "published", "price", "copy"})
	for _, x := range box.In {
		t := x.Title
		if t == nil {
			t = &payback.Title{ISBN: x.Copy.ISBN}
		}
		_ = out.Write([]string{string(x.Copy.ISBN), cell(t.Name), cell(t.Author), cell(t.Publisher), t.Published, strconv.FormatInt(int64(t.Price), 10), string(x.Copy.ID)})
	}
	out.Flush()
	return nil
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	if strings.ContainsAny(s[:min(1, len(s))], "=+-@\t\r") {
		return "'" + s
	}
	return s
}

func (c *console) toShelf(v *web.Visit) error {
	at := library(v)
	if at == "" {
		return v.Go("/intake")
	}
	list, err := c.Query.ToShelf(v.Context(), c.District, at)
	if err != nil {
		return err
	}
	return v.Show("shelve", list)
}

// shelve records that copies stand on the shelf, each with the library's own
// number if one was typed.
func (c *console) shelve(v *web.Visit) error {
	list, err := c.Query.ToShelf(v.Context(), c.District, v.Who.Library)
	if err != nil {
		return err
	}
	n := 0
	for _, x := range list {
		id := string(x.Copy.ID)
		if v.Form("copy_"+id) == "" {
			continue
		}
		done, err := c.act(v, &payback.Shelve{Copy: x.Copy.ID, Accession: v.Form("number_" + id)})
		if err != nil {
			return err
		}
		if done.Done() {
			n++
		}
	}
	if n == 0 {
		v.Tell("look", v.Say("console.shelve.choose"))
	} else {
		v.Tell("done", v.Say("console.shelve.done", "N", n))
	}
	return v.Go("/shelve")
}
