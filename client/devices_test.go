package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/print"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
)

// aFace is an open folder with the devices of a face, which run until the test ends.
func aFace(t *testing.T, p *program) (*devices, *folder) {
	t.Helper()
	p.say, p.dir, p.err = assets.NewSpeaker("ko"), t.TempDir(), io.Discard
	f, err := openFolder(t.Context(), p.dir, use{face: faceTerminal, create: true, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := p.newDevices(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	d.desk = counter.NewDesk(f.counter, counter.DeskEnv{Words: p.say, Print: d.print, Use: d.use})
	ctx, cancel := context.WithCancel(t.Context())
	var beside errgroup.Group
	d.run(ctx, &beside)
	t.Cleanup(func() {
		cancel()
		if err := beside.Wait(); err != nil {
			t.Error(err)
		}
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	return d, f
}

func TestWhatIsGivenAtTheStartStandsAboveSettings(t *testing.T) {
	kept := counter.Settings{Slip: "tcp:a", Page: "lp:b", Volume: 60, Lang: "ko"}
	nought := 0
	p := &program{settings: settings{SlipPrinter: "tcp:z", Volume: &nought, Lang: "en"}}
	got, forced := p.inForce(kept)
	if want := (counter.Settings{Slip: "tcp:z", Page: "lp:b", Lang: "en"}); got != want || len(forced) != 3 || !forced[setVolume] || forced[setPage] {
		t.Errorf("got %+v, forced %v", got, forced)
	}
	if got, forced := new(program).inForce(kept); got != kept || len(forced) != 0 {
		t.Errorf("without flags: %+v, %v", got, forced)
	}
}

func TestTheScreenSpeaksTheLanguageThatIsSet(t *testing.T) {
	p := new(program)
	_, f := aFace(t, p)
	if err := f.counter.SetSettings(t.Context(), counter.Settings{Lang: "en", Full: true}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.newDevices(t.Context(), f); err != nil || p.say.Lang() != "en" || !p.full {
		t.Errorf("%s, full %v, %v", p.say.Lang(), p.full, err)
	}
}

func TestPrintedPapersAreCountedAndAFaultIsANotice(t *testing.T) {
	dir := t.TempDir()
	d, f := aFace(t, new(program))
	set := counter.Settings{Slip: "dev:" + filepath.Join(dir, "none", "lp0"), Page: "pdf:" + dir}
	if err := f.counter.SetSettings(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	papers := f.counter.Papers(d.p.say)
	page, err := papers.Test(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	slip, err := papers.Test(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	page.ID, slip.ID = "page", "slip"
	if err := d.print(page); err != nil {
		t.Fatal(err)
	}
	if err := d.print(slip); err != nil {
		t.Fatal(err)
	}
	e := <-d.events // jobs keep their order: the page is done
	if !strings.Contains(e.Notice, "프린터가 응답하지 않습니다") || !strings.Contains(e.Notice, slip.Sheet.Name) {
		t.Errorf("the notice says %q", e.Notice)
	}
	for _, c := range []struct {
		p    counter.Paper
		want int
	}{{page, 1}, {slip, 0}} {
		if n, err := f.counter.Printed(t.Context(), c.p); err != nil || n != c.want {
			t.Errorf("%s: printed %d times, %v; want %d", c.p.ID, n, err, c.want)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.pdf")); len(files) != 1 {
		t.Errorf("files: %v", files)
	}
}

func TestSettingsThatCantBeReadAreRefused(t *testing.T) {
	d, _ := aFace(t, new(program))
	for _, s := range []counter.Settings{{Slip: "nonsense"}, {Page: "lp:"}, {Scanner: "COM3,fast"}} {
		if err := d.use(s); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for range 3 { // nobody waits for the scanner's port
		if err := d.use(counter.Settings{Volume: 10, Scanner: filepath.Join(t.TempDir(), "none")}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPrintVerbsWriteFilesAndPrint(t *testing.T) {
	dir := madeFolder(t)
	file := filepath.Join(t.TempDir(), "practice.pdf")
	if code, _, news := runCounter(t, "--data", dir, "print", "practice", "--out", file); code != 0 {
		t.Fatalf("code %d, %s", code, news)
	}
	if raw, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(raw), "%PDF-") {
		t.Errorf("no PDF: %v", err)
	}
	if code, _, news := runCounter(t, "--data", dir, "print", "practice", "--out", filepath.Join(file, "x.pdf")); code != fault.Exit(fault.Invalid) || !strings.Contains(news, "can't be written") {
		t.Errorf("code %d, %s", code, news)
	}
	if code, _, news := runCounter(t, "--data", dir, "print", "list"); code != fault.Exit(fault.Unavailable) || !strings.Contains(news, "printer") {
		t.Errorf("without a printer: code %d, %s", code, news)
	}
	tray := t.TempDir()
	if code, _, news := runCounter(t, "--data", dir, "--page-printer", "pdf:"+tray, "print", "list"); code != 0 {
		t.Errorf("code %d, %s", code, news)
	}
	if files, _ := filepath.Glob(filepath.Join(tray, "*.pdf")); len(files) != 1 {
		t.Errorf("files: %v", files)
	}
	if code, out, news := runCounter(t, "--data", dir, "close"); code != 0 || !strings.Contains(out, "Nothing is left to do") {
		t.Errorf("close: code %d, %s%s", code, out, news)
	}
}

func TestListsGoOntoARollToo(t *testing.T) {
	d, f := aFace(t, new(program))
	papers := f.counter.Papers(d.p.say)
	practice, err := papers.Practice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closing, err := papers.Closing(t.Context(), counter.Closing{Till: counter.Till{Date: "2026-11-23"}}, &counter.Terminal{Sales: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range []paper.Sheet{practice.Sheet, closing.Sheet} {
		for _, columns := range []int{32, print.Columns} {
			if _, err := print.ESCPOS(sheet, columns); err != nil {
				t.Errorf("%s, %d columns: %v", sheet.Name, columns, err)
			}
		}
		sheet.Size = paper.Roll
		if err := paper.PDF(io.Discard, sheet, time.Unix(0, 0)); err != nil {
			t.Errorf("%s on a roll: %v", sheet.Name, err)
		}
	}
}
