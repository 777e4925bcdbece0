package paper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var made = time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)

// pictures draws a sheet and returns a picture of each page, and its text.
func pictures(t *testing.T, s Sheet) (pages []string, text string) {
	t.Helper()
	var pdf bytes.Buffer
	if err := PDF(&pdf, s, made); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "sheet.pdf")
	if err := os.WriteFile(file, pdf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "pdftoppm", "-r", "203", "-gray", "-png", file, filepath.Join(dir, "page"))
	pages, err := filepath.Glob(filepath.Join(dir, "page*.png"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	if to := os.Getenv("BOOKPAYBACK_SCREENSHOTS"); to != "" {
		for _, p := range pages {
			raw, _ := os.ReadFile(p)
			_ = os.WriteFile(filepath.Join(to, "paper-"+s.Name+"-"+filepath.Base(p)), raw, 0o600)
		}
	}
	return pages, run(t, "pdftotext", "-layout", file, "-")
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s (make test installs it): %v", name, err)
	}
	return string(out)
}

// scanned reads the bar codes of a picture.
func scanned(t *testing.T, page string) []string {
	t.Helper()
	out := strings.Fields(run(t, "zbarimg", "-q", "--raw", page))
	slices.Sort(out)
	return out
}

func slip(size Size) Sheet {
	return Sheet{Name: "slip", Size: size, Blocks: []Block{
		Title{"환불 확인증"}, Text{Text: "반포서점 · 02-000-0000", Small: true}, Rule{},
		Pair{"책", "아주 긴 제목을 가진 책 이름이 한 줄을 넘어가면 어떻게 되는지 보는 시험", false}, Pair{"환불 금액", "14,000원", true},
		Tag{"상자", "3", "여기에 넣으세요", "반포도서관"},
		Code{"9788936434120", ""}, Code{"0500000000004128", "0412"},
		Text{Text: "카드사에 따라 3~5일 걸립니다.", Centre: true}, Sign{"받은 사람"},
	}}
}

func TestBarCodesOnPaperScan(t *testing.T) {
	for name, size := range map[string]Size{"A4": A4, "roll": Roll} {
		t.Run(name, func(t *testing.T) {
			s := slip(size)
			s.Name += "-" + name
			pages, text := pictures(t, s)
			if len(pages) != 1 {
				t.Fatalf("%d pages", len(pages))
			}
			if got := scanned(t, pages[0]); !slices.Equal(got, []string{"0500000000004128", "9788936434120"}) {
				t.Errorf("scanned %v", got)
			}
			for _, want := range []string{"환불 확인증", "14,000원", "반포도서관", "카드사에"} {
				if !strings.Contains(text, want) {
					t.Errorf("the text lacks %q: %s", want, text)
				}
			}
		})
	}
}

func TestThePracticeSheetScans(t *testing.T) {
	var codes []Code
	var want []string
	for _, d := range []string{"9788936434120", "9791161571188", "9788937460449", "0500000000004128", "0600000000000037"} {
		codes = append(codes, Code{Digits: d})
		want = append(want, d)
	}
	slices.Sort(want)
	pages, _ := pictures(t, Sheet{Name: "practice", Blocks: []Block{Title{"연습"}, Codes{2, codes}}})
	if got := scanned(t, pages[0]); !slices.Equal(got, want) {
		t.Errorf("scanned %v, want %v", got, want)
	}
}

func TestALongTableGoesOverPagesUnderItsHeads(t *testing.T) {
	table := Table{Columns: []Column{{"번호", 1, false}, {"책", 5, false}, {"값", 1, true}}}
	for range 120 {
		table.Rows = append(table.Rows, []string{"0412", "소년이 온다", "14,000"})
	}
	pages, text := pictures(t, Sheet{Name: "list", Blocks: []Block{Title{"서가 목록"}, table}})
	if len(pages) < 2 || strings.Count(text, "번호") != len(pages) || strings.Count(text, "소년이 온다") != 120 {
		t.Errorf("%d pages, %d heads, %d rows", len(pages), strings.Count(text, "번호"), strings.Count(text, "소년이 온다"))
	}
}

func TestTheSameSheetGivesTheSameBytesAndASecondCopySaysSo(t *testing.T) {
	var a, b bytes.Buffer
	s := slip(Roll)
	if err := PDF(&a, s, made); err != nil {
		t.Fatal(err)
	}
	if err := PDF(&b, s, made); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the bytes differ")
	}
	s.Again = "다시 뽑음"
	if _, text := pictures(t, s); !strings.Contains(text, "다시 뽑음") {
		t.Errorf("no word of it: %s", text)
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	rows := func(n int) Sheet {
		return Sheet{Blocks: []Block{Table{Columns: []Column{{"a", 1, false}}, Rows: slices.Repeat([][]string{{"x"}}, n)}}}
	}
	blocks := func(n int) Sheet { return Sheet{Blocks: slices.Repeat([]Block{Space{}}, n)} }
	for name, c := range map[string]struct {
		sheet Sheet
		ok    bool
	}{
		"blocks at the limit": {blocks(MaxBlocks), true}, "one more": {blocks(MaxBlocks + 1), false},
		"rows at the limit": {rows(MaxRows), true}, "one row more": {rows(MaxRows + 1), false},
		"text at the limit":   {Sheet{Blocks: []Block{Text{Text: strings.Repeat("a", MaxText)}}}, true},
		"text beyond":         {Sheet{Blocks: []Block{Text{Text: strings.Repeat("a", MaxText+1)}}}, false},
		"a wrong check digit": {Sheet{Blocks: []Block{Code{Digits: "9788936434121"}}}, false},
		"letters":             {Sheet{Blocks: []Block{Code{Digits: "R0412"}}}, false},
		"nothing":             {Sheet{Blocks: []Block{Code{}}}, false},
		"a short row":         {Sheet{Blocks: []Block{Table{Columns: []Column{{"a", 1, false}, {"b", 1, false}}, Rows: [][]string{{"x"}}}}}, false},
	} {
		if err := PDF(&bytes.Buffer{}, c.sheet, made); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLinesBreakBetweenWordsAndWithinOneOnlyIfItMust(t *testing.T) {
	fits := func(s string) bool { return len([]rune(s)) <= 5 }
	for text, want := range map[string][]string{
		"":                {""},
		"소년이 온다":          {"소년이", "온다"},
		"온다 책":            {"온다 책"},
		"가나다라마바사 아":       {"가나다라마", "바사 아"},
		"한 줄\n두 줄":        {"한 줄", "두 줄"},
		"  빈칸   많은 줄  \n": {"빈칸 많은", "줄"},
	} {
		if got := Wrap(text, fits); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Wrap("가나", func(string) bool { return false }); !slices.Equal(got, []string{"가", "나"}) {
		t.Errorf("where nothing fits: %q", got)
	}
}
