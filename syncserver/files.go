package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ingest"
)

// importVerb reads a file into the ledger. It works beside a running server.
type importVerb struct {
	What  string `arg:"" help:"titles, libraries, stores, residents, stock, policy or ops."`
	File  string `arg:"" help:"The CSV file, or of ops the file that a counter exported; - for standard input."`
	Store string `help:"The store, for a stock file without a column for it."`
	Check bool   `help:"Read and compare, write nothing."`
}

// shown is how many refused rows are printed; with --json all that are listed.
const shown = 50

// Run imports. Rows that are refused do not stop the others; the exit code is 2
// when there were any.
func (v *importVerb) Run(ctx context.Context, p *program) error {
	in, name, err := v.input()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	h, err := p.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(v.into(ctx, h, in, name), h.close())
}

func (v *importVerb) input() (io.ReadCloser, string, error) {
	if v.File == "-" {
		return io.NopCloser(os.Stdin), "-", nil
	}
	f, err := os.Open(v.File)
	if err != nil {
		return nil, "", fault.New(fault.NotFound, "server.no_file", "File", v.File).Because(err)
	}
	return f, filepath.Base(v.File), nil
}

func (v *importVerb) into(ctx context.Context, h *house, in io.Reader, name string) error {
	if err := h.ensureDistrict(ctx, false); err != nil {
		return err
	}
	if v.What == "ops" {
		return v.ops(ctx, h, in, name)
	}
	report, err := ingest.Import(ctx, v.What, in, name, ingest.Options{District: h.district, Ledger: h.ledger, Vault: h.vault,
		Store: payback.StoreID(v.Store), Check: v.Check})
	if h.p.JSON {
		err = errors.Join(err, h.p.inJSON(report))
	} else if err == nil || report.Rows > 0 {
		v.print(h.p, report)
	}
	if err == nil && report.Refused > 0 {
		err = fault.New(fault.Invalid, "server.rows_refused", "Count", strconv.Itoa(report.Refused))
	}
	return err
}

func (v *importVerb) print(p *program, r ingest.Report) {
	for i, remark := range r.Bad {
		if i == shown {
			p.warn("server.more_refused", "Count", strconv.Itoa(r.Refused-shown))
			break
		}
		p.warn("server.line", "Text", remark.Say(p.say.Say))
	}
	for _, remark := range r.Notes[:min(len(r.Notes), shown)] {
		p.warn("server.line", "Text", remark.Say(p.say.Say))
	}
	key := "server.imported"
	if v.Check {
		key = "server.checked"
	}
	p.tell(key, "File", r.File, "Rows", strconv.Itoa(r.Rows), "Changed", strconv.Itoa(r.Changed), "Same", strconv.Itoa(r.Same),
		"Refused", strconv.Itoa(r.Refused), "Noted", strconv.Itoa(r.Noted))
}
