package print

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
)

// Printer is where sheets go. It is written as one word of settings:
//
//	tcp:HOST[:PORT]  a slip printer on the network, port 9100 unless told otherwise
//	dev:FILE         a slip printer behind a device file: /dev/usb/lp0, \\localhost\slip
//	raw:NAME         a slip printer that the system's spooler has under this name
//	lp:NAME          any printer of the system's spooler that prints PDF (CUPS)
//	pdf:DIR          no printer: PDF files into a folder
//
// A number of columns may follow a comma: "tcp:192.0.2.7,42".
type Printer struct {
	kind    string
	to      string
	columns int
}

// The keys of what a clerk is told.
const (
	KeyNoPrinter   = "print.none"        // none is set up
	KeyBadPrinter  = "print.bad_printer" // the setting can't be read; args Text
	KeyUnreachable = "print.unreachable" // the printer does not answer, is off, or has no paper
)

const (
	slipPort = "9100" // raw printing; IANA: pdl-datastream
	patience = 10 * time.Second
	maxJob   = 16 << 20
)

// Parse reads a setting. Errors: KeyNoPrinter for "", KeyBadPrinter.
func Parse(setting string) (Printer, error) {
	if setting == "" {
		return Printer{}, fault.New(fault.Unavailable, KeyNoPrinter)
	}
	bad := fault.New(fault.Invalid, KeyBadPrinter, "Text", setting)
	kind, to, ok := strings.Cut(setting, ":")
	if !ok || len(setting) > 300 {
		return Printer{}, bad
	}
	p := Printer{kind: kind, to: to, columns: Columns}
	if at := strings.LastIndexByte(to, ','); at >= 0 {
		p.to = to[:at]
		switch to[at+1:] {
		case "48", "42", "32":
			p.columns = int(to[at+1]-'0')*10 + int(to[at+2]-'0')
		default:
			return Printer{}, bad
		}
	}
	if p.to == "" || strings.HasPrefix(p.to, "-") { // a name is never an option of lp
		return Printer{}, bad
	}
	switch kind {
	case "tcp":
		if _, _, err := net.SplitHostPort(p.to); err != nil {
			p.to = net.JoinHostPort(p.to, slipPort)
		}
	case "dev", "raw", "lp", "pdf":
	default:
		return Printer{}, bad
	}
	return p, nil
}

// Slips says that it is a printer of slips, to which a sheet goes in ESC/POS.
func (p Printer) Slips() bool { return p.kind == "tcp" || p.kind == "dev" || p.kind == "raw" }

// Print puts a sheet on paper and returns when the printer has taken it. made is
// the time that a PDF names. Errors: KeyUnreachable, and those of the sheet.
func (p Printer) Print(ctx context.Context, s paper.Sheet, made time.Time) error {
	raw, err := p.bytes(s, made)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.send(ctx, raw, s.Name, made); err != nil {
		return fault.New(fault.Unavailable, KeyUnreachable).Because(err)
	}
	return nil
}

func (p Printer) bytes(s paper.Sheet, made time.Time) ([]byte, error) {
	if p.Slips() {
		return ESCPOS(s, p.columns)
	}
	var out bytes.Buffer
	if err := paper.PDF(&out, s, made); err != nil {
		return nil, fault.New(fault.Invalid, "print.sheet").Because(err)
	}
	if out.Len() > maxJob {
		return nil, fault.New(fault.Invalid, "print.sheet")
	}
	return out.Bytes(), nil
}

func (p Printer) send(ctx context.Context, raw []byte, name string, made time.Time) error {
	switch p.kind {
	case "tcp":
		return sendTCP(ctx, p.to, raw)
	case "dev":
		return sendFile(ctx, p.to, raw)
	case "raw":
		return spoolRaw(ctx, p.to, name, raw)
	case "lp":
		return spoolPDF(ctx, p.to, name, raw)
	}
	file := filepath.Join(p.to, made.Format("20060102-150405.000")+"-"+plainName(name)+".pdf")
	if err := os.MkdirAll(p.to, 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, raw, 0o600)
}

// plainName keeps what every file system takes.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xac00 && r <= 0xd7a3 {
			return r
		}
		return '_'
	}, s)
}

func sendTCP(ctx context.Context, to string, raw []byte) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", to)
	if err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	_, err = conn.Write(raw)
	if half, ok := conn.(*net.TCPConn); ok && err == nil {
		err = half.CloseWrite()
		// Printers close when they have taken all; one that says nothing has it too.
		_, _ = io.Copy(io.Discard, io.LimitReader(half, 1<<10))
	}
	return errors.Join(err, conn.Close())
}

// sendFile writes to a device file. A printer without paper blocks the write; then
// the write is left to itself and the job has failed.
func sendFile(ctx context.Context, to string, raw []byte) error {
	done := make(chan error, 1)
	go func() {
		f, err := os.OpenFile(to, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.Write(raw)
			err = errors.Join(err, f.Close())
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
