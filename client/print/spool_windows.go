package print

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// docInfo is DOC_INFO_1W of winspool.
type docInfo struct{ name, file, kind *uint16 }

// spoolRaw hands a slip to the Windows spooler as it is (data type RAW). The calls
// are those of winspool.drv; https://learn.microsoft.com/windows/win32/printdocs.
func spoolRaw(_ context.Context, printer, name string, raw []byte) (err error) {
	dll := windows.NewLazySystemDLL("winspool.drv")
	call := func(proc string, args ...uintptr) error {
		p := dll.NewProc(proc)
		if err := p.Find(); err != nil {
			return err
		}
		if ok, _, no := p.Call(args...); ok == 0 {
			return fmt.Errorf("%s: %w", proc, no)
		}
		return nil
	}
	to, err := windows.UTF16PtrFromString(printer)
	if err != nil {
		return err
	}
	title, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	kind, err := windows.UTF16PtrFromString("RAW")
	if err != nil {
		return err
	}
	var h windows.Handle
	if err := call("OpenPrinterW", uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(&h)), 0); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, call("ClosePrinter", uintptr(h))) }()
	doc := docInfo{name: title, kind: kind}
	if err := call("StartDocPrinterW", uintptr(h), 1, uintptr(unsafe.Pointer(&doc))); err != nil {
		return err
	}
	for len(raw) > 0 {
		var n uint32
		if err := call("WritePrinter", uintptr(h), uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)), uintptr(unsafe.Pointer(&n))); err != nil {
			return err
		}
		if n == 0 {
			return errors.New("WritePrinter took nothing")
		}
		raw = raw[n:]
	}
	return call("EndDocPrinter", uintptr(h))
}

// spoolPDF: Windows prints no PDF by itself; a page printer's PDFs go to a folder.
func spoolPDF(context.Context, string, string, []byte) error {
	return errors.New("Windows has no spooler for PDF: set the printer to pdf:FOLDER")
}
