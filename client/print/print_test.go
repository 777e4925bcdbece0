package print

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/ean"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/korean"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
)

func slipSheet() paper.Sheet {
	return paper.Sheet{Name: "refund", Size: paper.Roll, Again: "다시 뽑음", Blocks: []paper.Block{
		paper.Title{Text: "환불 확인증"}, paper.Text{Text: "반포서점 · 02-000-0000", Small: true}, paper.Rule{},
		paper.Pair{Left: "책", Right: "아주 긴 제목을 가진 책 이름이 한 줄을 넘어가면 어떻게 되는지 보는 시험"},
		paper.Pair{Left: "환불 금액", Right: "14,000원", Bold: true},
		paper.Text{Text: "Café ‹é› 한 권"}, // letters that CP949 lacks
		paper.Tag{Word: "상자", Number: "3", Note: "여기에 넣으세요", Name: "반포도서관"},
		paper.Code{Digits: "9788936434120"}, paper.Code{Digits: "0500000000004128", Caption: "0412"},
		paper.Table{Columns: []paper.Column{{Head: "번호", Share: 1}, {Head: "책", Share: 5}, {Head: "값", Share: 1, Right: true}},
			Rows: [][]string{{"0412", "소년이 온다", "14,000"}, {"0413", "아주 긴 제목을 가진 책 이름이 한 줄을 넘어가면 어떻게", "9,000"}}},
		paper.Sign{Word: "받은 사람"},
	}}
}

// printer draws what a slip printer would, from the bytes alone: text with a
// typeface of its own, bar codes by their data, pictures dot by dot.
type printer struct {
	t          *testing.T
	img        *image.Gray
	face       font.Face
	y          int
	text       []string // the lines as letters
	line       []byte
	centre     bool
	wide, high int
	high128    int
	module     int
	pictures   int
	cut        bool
}

func newPrinter(t *testing.T) *printer {
	f, err := opentype.Parse(assets.FontMono)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 24, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, 600, 2400))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	return &printer{t: t, img: img, face: face, y: 10, wide: 1, high: 1}
}

func (p *printer) print(raw []byte) {
	for i := 0; i < len(raw); {
		i += p.one(raw[i:])
	}
}

// one takes one command or letter and returns its length.
func (p *printer) one(b []byte) int {
	switch {
	case b[0] == '\n':
		p.feed()
		return 1
	case bytes.HasPrefix(b, []byte{0x1b, '@'}), bytes.HasPrefix(b, []byte{0x1c, '&'}):
		return 2
	case b[0] == 0x1b && (b[1] == '3' || b[1] == 'E'):
		return 3
	case b[0] == 0x1b && b[1] == 'a':
		p.centre = b[2] == 1
		return 3
	case b[0] == 0x1d:
		return p.command(b)
	case b[0] < ' ' || b[0] == 0x1b:
		p.t.Fatalf("a command that no slip printer has: % x", b[:min(len(b), 8)])
	}
	p.line = append(p.line, b[0])
	return 1
}

func (p *printer) command(b []byte) int {
	switch b[1] {
	case '!':
		p.wide, p.high = int(b[2]>>4)+1, int(b[2]&15)+1
		return 3
	case 'B', 'H':
		return 3
	case 'h':
		p.high128 = int(b[2])
		return 3
	case 'w':
		p.module = int(b[2])
		return 3
	case 'V':
		p.cut = true
		return 4
	case 'v':
		across, rows := int(b[4])|int(b[5])<<8, int(b[6])|int(b[7])<<8
		for y := range rows {
			for x := range across * 8 {
				if b[8+y*across+x/8]&(0x80>>(x%8)) != 0 {
					p.img.SetGray(x+10, p.y+y, color.Gray{})
				}
			}
		}
		p.y, p.pictures = p.y+rows, p.pictures+1
		return 8 + across*rows
	case 'k':
		n := int(b[3])
		p.bars(b[2], b[4:4+n])
		return 4 + n
	}
	p.t.Fatalf("a command that no slip printer has: % x", b[:8])
	return 0
}

func (p *printer) bars(kind byte, data []byte) {
	var code barcode.Barcode
	var err error
	if kind == 67 {
		code, err = ean.Encode(string(data))
	} else {
		digits := ""
		for i := 0; i < len(data); i++ {
			switch {
			case data[i] == '{':
				i++
				if data[i] == 'B' {
					digits += string(data[i+1])
					i++
				}
			default:
				digits += fmt.Sprintf("%02d", data[i])
			}
		}
		code, err = code128.Encode(digits)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	wide := code.Bounds().Dx() * p.module
	for x := range wide {
		r, _, _, _ := code.At(x/p.module, 0).RGBA()
		for y := range p.high128 {
			if r < 0x8000 {
				p.img.SetGray(10+(576-wide)/2+x, p.y+y, color.Gray{})
			}
		}
	}
	p.y += p.high128 + 4
}

func (p *printer) feed() {
	text, err := korean.EUCKR.NewDecoder().String(string(p.line))
	if err != nil || strings.ContainsRune(text, '\uFFFD') {
		p.t.Fatalf("not CP949: % x", p.line)
	}
	if columnsOf(text)*p.wide > Columns {
		p.t.Errorf("a line of %d columns: %q", columnsOf(text)*p.wide, text)
	}
	p.text = append(p.text, text)
	one := image.NewGray(image.Rect(0, 0, 12*max(columnsOf(text), 1), 30))
	draw.Draw(one, one.Bounds(), image.White, image.Point{}, draw.Src)
	x := 0
	for _, r := range text {
		d := font.Drawer{Dst: one, Src: image.Black, Face: p.face, Dot: fixed.P(x, 23)}
		d.DrawString(string(r))
		x += 12 * columnsOf(string(r))
	}
	left := 10
	if p.centre {
		left += (576 - one.Bounds().Dx()*p.wide) / 2
	}
	for py := range 30 * p.high {
		for px := range one.Bounds().Dx() * p.wide {
			if c := one.GrayAt(px/p.wide, py/p.high); c.Y < 128 {
				p.img.SetGray(left+px, p.y+py, c)
			}
		}
	}
	p.y += 34 * p.high
	p.line = nil
}

func TestASlipPrinterPrintsWhatTheSheetSays(t *testing.T) {
	raw, err := ESCPOS(slipSheet(), Columns)
	if err != nil {
		t.Fatal(err)
	}
	p := newPrinter(t)
	p.print(raw)
	file := filepath.Join(t.TempDir(), "slip.png")
	if to := os.Getenv("BOOKPAYBACK_SCREENSHOTS"); to != "" {
		file = filepath.Join(to, "paper-escpos.png")
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(out, p.img.SubImage(image.Rect(0, 0, 600, p.y+20))); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	seen, err := exec.CommandContext(t.Context(), "zbarimg", "-q", "--raw", file).Output()
	if err != nil {
		t.Fatalf("zbarimg (make test installs it): %v", err)
	}
	codes := strings.Fields(string(seen))
	slices.Sort(codes)
	if !slices.Equal(codes, []string{"0500000000004128", "9788936434120"}) {
		t.Errorf("scanned %v", codes)
	}
	all := strings.Join(p.text, "\n")
	for _, want := range []string{"다시 뽑음", "환불 확인증", "14,000원", "반포도서관", "0412", "소년이 온다"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in:\n%s", want, all)
		}
	}
	if p.pictures != 1 || strings.Contains(all, "Caf") {
		t.Errorf("%d pictures; a letter that CP949 lacks makes its line one", p.pictures)
	}
	if !p.cut {
		t.Error("the paper is not cut")
	}
}

func TestNarrowPaperHoldsEveryLine(t *testing.T) {
	for _, columns := range []int{32, 42, 48} {
		raw, err := ESCPOS(slipSheet(), columns)
		if err != nil {
			t.Fatal(err)
		}
		p := newPrinter(t)
		p.print(raw)
		for _, l := range p.text {
			if columnsOf(l) > columns {
				t.Errorf("%d columns: %q", columns, l)
			}
		}
	}
	for _, columns := range []int{31, 49} {
		if _, err := ESCPOS(slipSheet(), columns); err == nil {
			t.Errorf("%d columns are taken", columns)
		}
	}
}

func TestEverySettingOfAPrinter(t *testing.T) {
	for setting, want := range map[string]Printer{
		"tcp:192.0.2.7": {"tcp", "192.0.2.7:9100", 48}, "tcp:slip:9101,42": {"tcp", "slip:9101", 42},
		"dev:/dev/usb/lp0": {"dev", "/dev/usb/lp0", 48}, `dev:\\localhost\slip,32`: {"dev", `\\localhost\slip`, 32},
		"raw:Slip Printer": {"raw", "Slip Printer", 48}, "lp:office": {"lp", "office", 48}, "pdf:/home/shop/paper": {"pdf", "/home/shop/paper", 48},
	} {
		if got, err := Parse(setting); err != nil || got != want {
			t.Errorf("%s: %+v, %v", setting, got, err)
		}
	}
	for setting, key := range map[string]string{"": KeyNoPrinter, "slip": KeyBadPrinter, "usb:1": KeyBadPrinter, "lp:": KeyBadPrinter,
		"lp:-o": KeyBadPrinter, "tcp:a,40": KeyBadPrinter, "pdf:" + strings.Repeat("a", 300): KeyBadPrinter} {
		if _, err := Parse(setting); err == nil || fault.As(err).Key != key {
			t.Errorf("%q: %v", setting, err)
		}
	}
}

func TestASlipReachesAPrinterOnTheNetworkAndOneBehindAFile(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	got := make(chan []byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		raw, _ := io.ReadAll(c)
		_ = c.Close()
		got <- raw
	}()
	want, err := ESCPOS(slipSheet(), Columns)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "lp0")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"tcp:" + l.Addr().String(), "dev:" + file} {
		p, err := Parse(setting)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Print(t.Context(), slipSheet(), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if raw := <-got; !bytes.Equal(raw, want) {
		t.Errorf("the network's printer had %d bytes of %d", len(raw), len(want))
	}
	if raw, _ := os.ReadFile(file); !bytes.Equal(raw, want) {
		t.Errorf("the file's printer had %d bytes of %d", len(raw), len(want))
	}
}

func TestAPrinterThatIsOffIsReportedAndTheNextSheetIsPrinted(t *testing.T) {
	dir := t.TempDir()
	type end struct {
		name string
		err  error
	}
	ends := make(chan end, 4)
	q := NewQueue(func() time.Time { return time.Unix(1_700_000_000, 0).UTC() }, func(j Job, err error) { ends <- end{j.Sheet.Name, err} })
	ctx, cancel := context.WithCancel(t.Context())
	go q.Run(ctx)
	defer cancel()
	off := slipSheet()
	off.Name = "off"
	for _, j := range []Job{{Printer: "dev:" + filepath.Join(dir, "none", "lp0"), Sheet: off}, {ID: "x", Printer: "pdf:" + filepath.Join(dir, "paper"), Sheet: slipSheet()}} {
		if err := q.Print(j); err != nil {
			t.Fatal(err)
		}
	}
	if e := <-ends; e.name != "off" || e.err == nil || fault.As(e.err).Key != KeyUnreachable {
		t.Errorf("%+v", e)
	}
	if e := <-ends; e.err != nil {
		t.Errorf("%+v", e)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "paper", "*-refund.pdf")); len(files) != 1 {
		t.Errorf("files %v", files)
	}
	if err := q.Print(Job{Printer: "", Sheet: off}); fault.As(err).Key != KeyNoPrinter {
		t.Error(err)
	}
}

func TestAPrinterThatIsFarBehindBlocksNobody(t *testing.T) {
	q := NewQueue(time.Now, func(Job, error) {}) // nothing runs
	for i := range maxWaiting + 1 {
		err := q.Print(Job{Printer: "pdf:x", Sheet: slipSheet()})
		if (err == nil) != (i < maxWaiting) {
			t.Fatalf("sheet %d: %v", i, err)
		}
	}
}
