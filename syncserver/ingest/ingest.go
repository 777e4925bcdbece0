package ingest

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// What can be imported.
const (
	Titles    = "titles"
	Libraries = "libraries"
	Stores    = "stores"
	Residents = "residents"
	Stock     = "stock"
	Policy    = "policy"
)

// Kinds returns what can be imported, in the order in which a new district does:
// stock names stores, and stores get boxes for libraries.
func Kinds() []string { return []string{Libraries, Stores, Titles, Residents, Stock, Policy} }

// MaxListed is how many refused rows, and how many notes, a report lists; all are
// counted.
const MaxListed = 1000

// MaxRows is the most rows of a file; what comes after is refused in one piece.
const MaxRows = 2_000_000

// People keeps the persons of an import; the vault does.
type People interface {
	// Import returns a pseudonym for each, the same as before for a known card.
	Import(ctx context.Context, d payback.DistrictID, people []vault.Details) ([]vault.Imported, error)
}

// Options say where a file goes.
type Options struct {
	District payback.DistrictID
	Ledger   *ledger.Ledger
	Vault    People          // needed for residents
	Who      ledger.Actor    // who imports; the zero value is the server itself
	Store    payback.StoreID // stock: the store of a file that has no column for it
	Source   string          // stock: what the figures will say they are from; "" = import
	Progress func(Progress)  // called after each batch, from the caller's goroutine; may be nil
	Check    bool            // read and compare, write nothing
}

// Progress is how far an import has got, in rows.
type Progress struct {
	Rows    int // read
	Changed int // written
	Refused int
}

// Report is what became of a file.
type Report struct {
	What       string   `json:"what"`
	File       string   `json:"file"`
	Charset    Charset  `json:"charset"`
	Rows       int      `json:"rows"`       // with something in them, header not counted
	Changed    int      `json:"changed"`    // written, or with Check to be written
	Same       int      `json:"same"`       // as they were already
	Duplicates int      `json:"duplicates"` // rows that a later row of the file replaced
	Refused    int      `json:"refused"`
	Noted      int      `json:"noted"`
	Ops        int      `json:"ops"`   // written to the ledger
	Bad        []Remark `json:"bad"`   // the first MaxListed refused rows
	Notes      []Remark `json:"notes"` // the first MaxListed things to know about rows that were taken
}

// Remark is a sentence about one row. It holds no personal data.
type Remark struct {
	File   string            `json:"file"`
	Line   int               `json:"line"`             // in the file, from 1; of a row over several lines the first
	Column string            `json:"column,omitempty"` // as the file calls it; "" = the whole row
	Key    string            `json:"key"`              // message key
	Args   map[string]string `json:"args,omitempty"`
}

// Say returns the whole sentence with its place, by a function such as
// assets.Speaker.Say.
func (r Remark) Say(say func(key string, args map[string]string) string) string {
	at := map[string]string{"File": r.File, "Line": num(r.Line), "Text": say(r.Key, r.Args)}
	if r.Column != "" {
		at["Column"] = r.Column
	}
	return say("ingest.at", at)
}

// entity is one thing that a row says: a row for the ledger, and for a resident
// the person that it will be about.
type entity struct {
	row    payback.Row
	person vault.Details
	line   int
}

// format is how one kind of file is read.
type format struct {
	table   payback.Table
	columns []column
	// read makes a row into an entity, or says why it can't be one. Two entities
	// with one id are the same thing.
	read func(im *importing, c *cells) (e entity, id string, wrong *flaw)
	// with names further rows that judge needs; judge may refuse an entity once
	// they are loaded. Both may be nil.
	with  func(e entity) payback.Key
	judge func(e entity, other payback.Row) (column int, wrong *flaw)
	// same says that writing now over old is not worth it; nil = equal rows.
	same func(old, now payback.Row) bool
	// after runs when all rows are in.
	after func(ctx context.Context, im *importing) error
}

func formatOf(what string) (format, bool) {
	switch what {
	case Titles:
		return titles(), true
	case Libraries:
		return libraries(), true
	case Stores:
		return stores(), true
	case Residents:
		return residents(), true
	case Stock:
		return stock(), true
	case Policy:
		return policy(), true
	}
	return format{}, false
}

// Import reads a file and writes what it says to the ledger. name is the file's
// name, for people. The report is right as far as it goes also when there is an
// error.
//
// Errors: invalid with ingest.what, ingest.empty, ingest.columns_missing,
// ingest.rows_many or ingest.no_people when the file as a whole can't be taken;
// those of reader and ledger.
func Import(ctx context.Context, what string, r io.Reader, name string, o Options) (Report, error) {
	im := &importing{o: o, report: Report{What: what, File: name}, seen: map[uint64]int{}}
	f, ok := formatOf(what)
	if !ok {
		return im.report, fault.New(fault.Invalid, "ingest.what", "What", what, "Known", strings.Join(Kinds(), ", "))
	}
	if what == Residents && o.Vault == nil && !o.Check {
		return im.report, fault.New(fault.Internal, "ingest.no_people")
	}
	im.format = f
	err := im.run(ctx, r)
	return im.report, fault.Wrap("ingest.Import", err)
}

// importing is one run of Import.
type importing struct {
	o      Options
	format format
	header header
	report Report
	batch  []entity       // not yet written
	ids    map[string]int // place in batch by id
	seen   map[uint64]int // line by hash of id, of all rows taken so far
	rules  []rule         // policy: the rows
	env    payback.Env
}

func (im *importing) run(ctx context.Context, r io.Reader) error {
	var err error
	if im.env, err = im.o.Ledger.Env(ctx, im.o.District); err != nil {
		return err
	}
	src, err := open(r)
	if err != nil {
		return fault.New(fault.Unavailable, "ingest.unreadable").Because(err)
	}
	im.ids = map[string]int{}
	if err := im.begin(src); err != nil {
		return err
	}
	for {
		next, err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fault.New(fault.Unavailable, "ingest.unreadable").Because(err)
		}
		if im.report.Rows == MaxRows {
			return fault.New(fault.Invalid, "ingest.rows_many", "Limit", num(MaxRows))
		}
		im.report.Rows++
		im.take(next)
		im.report.Charset = src.charset
		if len(im.batch) == payback.MaxRows {
			if err := im.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := im.flush(ctx); err != nil {
		return err
	}
	if im.format.after != nil {
		return im.format.after(ctx, im)
	}
	return nil
}

// begin reads the header line.
func (im *importing) begin(src *source) error {
	first, err := src.next()
	switch {
	case errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "ingest.empty")
	case err != nil:
		return fault.New(fault.Unavailable, "ingest.unreadable").Because(err)
	case first.wrong != nil:
		return &fault.Error{Code: fault.Invalid, Key: first.wrong.key, Args: first.wrong.args}
	}
	im.report.Charset = src.charset
	im.header, err = findColumns(first.cells, im.format.columns)
	return err
}

// take reads one row into the batch, or refuses it.
func (im *importing) take(r row) {
	if r.wrong == nil {
		r.wrong = im.header.fits(r.cells)
	}
	if r.wrong != nil {
		im.refuse(r.line, r.wrong)
		return
	}
	c := &cells{header: im.header, values: r.cells}
	e, id, wrong := im.format.read(im, c)
	if wrong != nil {
		im.refuse(r.line, wrong)
		return
	}
	for _, n := range c.notes {
		im.note(r.line, n)
	}
	e.line = r.line
	if e.row != nil {
		im.add(e, id)
	}
}

// add puts an entity into the batch, in place of an earlier one of the same id.
func (im *importing) add(e entity, id string) {
	h := hash(id)
	if earlier, again := im.seen[h]; again {
		im.report.Duplicates++
		im.note(e.line, bad("ingest.twice", "Earlier", num(earlier)))
	}
	im.seen[h] = e.line
	if at, here := im.ids[id]; here {
		im.batch[at] = e
		return
	}
	im.ids[id] = len(im.batch)
	im.batch = append(im.batch, e)
}

func (im *importing) refuse(line int, f *flaw) {
	im.report.Refused++
	if len(im.report.Bad) < MaxListed {
		im.report.Bad = append(im.report.Bad, im.remark(line, f))
	}
}

func (im *importing) note(line int, f *flaw) {
	im.report.Noted++
	if len(im.report.Notes) < MaxListed {
		im.report.Notes = append(im.report.Notes, im.remark(line, f))
	}
}

func (im *importing) remark(line int, f *flaw) Remark {
	return Remark{File: im.report.File, Line: line, Column: f.column, Key: f.key, Args: f.args}
}

func (im *importing) progress() {
	if im.o.Progress != nil {
		im.o.Progress(Progress{Rows: im.report.Rows, Changed: im.report.Changed, Refused: im.report.Refused})
	}
}

// flush writes the batch.
func (im *importing) flush(ctx context.Context) error {
	batch := im.batch
	im.batch = im.batch[:0]
	clear(im.ids)
	if im.format.table == payback.TResident && !im.o.Check {
		if err := im.keepPeople(ctx, batch); err != nil {
			return err
		}
	}
	have, err := im.load(ctx, batch)
	if err != nil {
		return err
	}
	batch = slices.DeleteFunc(slices.Clone(batch), func(e entity) bool { return im.judged(e, have) })
	rows := make([]payback.Row, len(batch))
	for i, e := range batch {
		rows[i] = e.row
	}
	err = im.write(ctx, im.format.table, rows, have)
	im.progress()
	return err
}

// judged refuses an entity that does not fit what is there.
func (im *importing) judged(e entity, have rowsAt) bool {
	if im.format.judge == nil {
		return false
	}
	column, wrong := im.format.judge(e, have[im.format.with(e)].Row)
	if wrong == nil {
		return false
	}
	c := &cells{header: im.header}
	im.refuse(e.line, c.in(column, wrong))
	return true
}
