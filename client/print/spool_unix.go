//go:build unix

package print

import (
	"bytes"
	"context"
	"os/exec"
)

// spoolRaw hands a slip to CUPS as it is.
func spoolRaw(ctx context.Context, printer, name string, raw []byte) error {
	return lp(ctx, raw, "-d", printer, "-t", name, "-o", "raw", "-")
}

// spoolPDF hands a PDF to CUPS.
func spoolPDF(ctx context.Context, printer, name string, raw []byte) error {
	return lp(ctx, raw, "-d", printer, "-t", name, "-")
}

func lp(ctx context.Context, raw []byte, args ...string) error {
	c := exec.CommandContext(ctx, "lp", args...)
	c.Stdin = bytes.NewReader(raw)
	return c.Run()
}
