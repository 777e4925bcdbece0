package term

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// ExportVerb writes what is not acknowledged to a file.
type ExportVerb struct {
	Out string   `required:"" help:"The file to write; it must not exist." type:"path"`
	Op  []string `name:"run" help:"Only these runs, as outbox names them before the stroke." placeholder:"RUN"`
}

// ExportJSON is what export writes with --json.
type ExportJSON struct {
	File string `json:"file"`
	Ops  int    `json:"ops"`
	Size int    `json:"size"`
	Text string `json:"text"`
}

// Run carries the verb out.
func (v *ExportVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	runs := make([]payback.RunID, 0, len(v.Op))
	for _, r := range v.Op {
		run, _, _ := strings.Cut(r, "/")
		runs = append(runs, payback.RunID(run))
	}
	file, n, err := p.Sync.Export(c.Ctx, runs)
	if err != nil {
		return err
	}
	if err := syncer.WriteNew(v.Out, file); err != nil {
		return err
	}
	text := c.w("term.exported", "Count", strconv.Itoa(n), "File", v.Out)
	return c.say(text, ExportJSON{File: v.Out, Ops: n, Size: len(file), Text: text})
}

// ImportVerb takes in a file that another PC exported.
type ImportVerb struct {
	File string `arg:"" help:"A file that another PC of the district exported." type:"path"`
}

// ImportJSON is what import writes with --json.
type ImportJSON struct {
	syncer.Imported
	Waiting int    `json:"waiting"` // packets that the server has not got yet
	Refused int    `json:"refused"` // packets that it did not take
	Text    string `json:"text"`
}

// Run carries the verb out.
func (v *ImportVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	f, err := os.Open(v.File)
	if err != nil {
		return fault.New(fault.NotFound, "term.no_file", "File", filepath.Base(v.File)).Because(err)
	}
	defer f.Close()
	in, err := p.Sync.Import(c.Ctx, f)
	if err != nil {
		return err
	}
	_, _ = p.Sync.Step(c.Ctx) // what does not go now, goes with a later exchange
	left, err := p.Counter.Carried(c.Ctx)
	if err != nil {
		return err
	}
	out := ImportJSON{Imported: in}
	lines := []string{c.w("term.imported", "Count", strconv.Itoa(in.Ops))}
	if in.Damaged > 0 {
		lines = append(lines, c.w("term.import_damaged", "Damaged", strconv.Itoa(in.Damaged), "Packets", strconv.Itoa(in.Packets)))
	}
	for _, r := range left {
		if r.Author != in.Author {
			continue
		}
		if r.Refused.None() {
			out.Waiting++
			continue
		}
		out.Refused++
		lines = append(lines, counter.Sentence(c.Words, r.Refused))
	}
	switch {
	case out.Refused > 0 || in.Damaged > 0:
		c.code = fault.Exit(fault.Conflict)
	case out.Waiting > 0:
		c.code = fault.ExitWaiting
		lines = append(lines, c.w("term.import_waits"))
	default:
		lines = append(lines, c.w("term.import_sent"))
	}
	out.Text = strings.Join(lines, "\n")
	return c.say(out.Text, out)
}
