package scan

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/isbn"
)

const (
	bookA = "9788936434120"
	bookB = "9791167743091"
	goods = "8801234567893"
)

func label(t testing.TB, kind Kind, number int64) string {
	t.Helper()
	digits, err := Label(kind, number)
	if err != nil {
		t.Fatal(err)
	}
	return digits
}

func TestClassifyTellsCodesApart(t *testing.T) {
	request := label(t, Request, 412)
	for _, c := range []struct {
		raw  string
		want Code
	}{
		{bookA, Code{Kind: Book, ISBN: bookA}},
		{bookA + "\r\n", Code{Kind: Book, ISBN: bookA}},
		{bookA + "03810", Code{Kind: Book, ISBN: bookA, AddOn: "03810"}},
		{bookA + " 03810", Code{Kind: Book, ISBN: bookA, AddOn: "03810"}},
		{"978-89-364-3412-0", Code{Kind: Book, ISBN: bookA}},
		{"９７８８９３６４３４１２０", Code{Kind: Book, ISBN: bookA}},
		{"]E0" + bookA, Code{Kind: Book, ISBN: bookA}},
		{"]ㄸ0" + bookA, Code{Kind: Book, ISBN: bookA}},
		{"]E0" + bookA + "]E203810", Code{Kind: Book, ISBN: bookA, AddOn: "03810"}},
		{"\x02" + bookA + "\x1d\x03", Code{Kind: Book, ISBN: bookA}},
		{"\ufeff" + bookA, Code{Kind: Book, ISBN: bookA}},
		{"A" + bookA, Code{Kind: Book, ISBN: bookA}},
		{"ㅁ" + bookA, Code{Kind: Book, ISBN: bookA}},
		{"8936434128", Code{Kind: Book, ISBN: bookA, Number: "8936434128"}},
		{"080442957x", Code{Kind: Book, ISBN: "9780804429573", Number: "080442957X"}},
		{"080442957ㅌ", Code{Kind: Book, ISBN: "9780804429573", Number: "080442957X"}},
		{request, Code{Kind: Request, Number: "412", Label: true}},
		{"]C1" + request, Code{Kind: Request, Number: "412", Label: true}},
		{label(t, Box, 1), Code{Kind: Box, Number: "1", Label: true}},
		{label(t, Copy, 20), Code{Kind: Copy, Number: "20", Label: true}},
		{label(t, Slip, MaxNumber), Code{Kind: Slip, Number: "9999999999999", Label: true}},
		{label(t, Member, 7), Code{Kind: Member, Number: "7", Label: true}},
		{"041", Code{Kind: Number, Number: "041"}},
		{"０412 ", Code{Kind: Number, Number: "0412"}},
		{"00412345", Code{Kind: Member, Number: "00412345"}},
		{"1113770000123", Code{Kind: Member, Number: "1113770000123"}},
		{"11137700001234", Code{Kind: Member, Number: "11137700001234"}},
		{"4006381333931", Code{Kind: Member, Number: "4006381333931", Problem: "isbn.problem.not_a_book"}},
		{goods, Code{Kind: NotBook, Number: goods, Problem: "isbn.problem.goods"}},
		{"9771227802005", Code{Kind: NotBook, Number: "9771227802005", Problem: "isbn.problem.serial"}},
		{"977122780200508", Code{Kind: NotBook, Number: "977122780200508", Problem: "isbn.problem.serial"}},
		{"9790060115615", Code{Kind: NotBook, Number: "9790060115615", Problem: "isbn.problem.music"}},
	} {
		c.want.Raw = c.raw
		if got := Classify(c.raw); got != c.want {
			t.Errorf("Classify(%q)\n got %+v\nwant %+v", c.raw, got, c.want)
		}
	}
}

func TestClassifySaysWhyACodeIsNone(t *testing.T) {
	request := label(t, Request, 412)
	for _, c := range []struct {
		raw     string
		kind    Kind
		problem string
	}{
		{"", Unknown, ProblemEmpty}, {"\x1d\x00", Unknown, ProblemEmpty}, {" - ", Unknown, ProblemEmpty},
		{"4", Unknown, ProblemTooShort}, {"41", Unknown, ProblemTooShort}, {"03810", Damaged, ProblemAddOnAlone},
		{"123456", Unknown, ProblemUnknown}, {"1234567", Unknown, ProblemUnknown},
		{"97889364", Member, ProblemMisread}, {"978893643", Member, ProblemMisread}, {"9788936434", Damaged, ProblemMisread}, {"978893643412", Damaged, ProblemMisread},
		{"9788936434121", Damaged, ProblemMisread}, {bookA + "0", Damaged, ProblemMisread}, {bookA + "03", Damaged, ProblemMisread}, {bookA + "038", Damaged, ProblemMisread},
		{bookA + "0381", Damaged, ProblemMisread}, {"978893643412103810", Damaged, ProblemMisread}, {bookA + "038100", Damaged, ProblemJoined},
		{bookA + "9791167743092", Damaged, ProblemJoined}, {"0804429570X", Unknown, ProblemLetters}, {"080442958X", Damaged, ProblemMisread},
		{request[:15] + string('0'+(request[15]-'0'+1)%10), Damaged, ProblemMisread}, {"0500000000000000", Damaged, ProblemMisread},
		{request[:15], Unknown, ProblemUnknown}, {"0123456789012345", Unknown, ProblemUnknown}, {"12345678901234567", Unknown, ProblemUnknown},
		{"불편한 편의점", Unknown, ProblemLetters}, {"B" + bookA[:12], Unknown, ProblemLetters}, {"https://example.org/r/0412", Unknown, ProblemLetters}, {"!", Unknown, ProblemLetters},
	} {
		got := Classify(c.raw)
		if got.Kind != c.kind || got.Problem != c.problem || got.ISBN != "" || got.Raw != c.raw || got.Sure() {
			t.Errorf("Classify(%q) = %+v, want %s %s", c.raw, got, c.kind, c.problem)
		}
	}
}

func TestClassifyLooksAtMaxRawCharacters(t *testing.T) {
	for extra, want := range map[int]Kind{-1: Book, 0: Book, 1: Unknown} {
		raw := strings.Repeat("－", MaxRaw+extra-len(bookA)) + bookA
		if got := Classify(raw); got.Kind != want || got.Raw != raw {
			t.Errorf("%+d: %s, want %s", extra, got.Kind, want)
		}
	}
}

func TestClassifyKeepsNoPaymentCard(t *testing.T) {
	for raw, struck := range map[string]string{
		"4000001234567899": "4000**********99", "4000 0012 3456 7899": "4000**********99", "４０００００１２３４５６７８９９": "4000**********99",
		"378282246310005": "3782*********05", "%B4000001234567899^HONG/G^2912": "%B4000**********99^HONG/G^2912", ";4000001234567899=2912?": ";4000**********99=2912?",
	} {
		got := Classify(raw)
		if got.Problem != ProblemPaymentCard || got.Raw != struck || got.Number != "" {
			t.Errorf("Classify(%q) = %+v", raw, got)
		}
	}
	if got := Classify("4000001234567898"); got.Problem != ProblemUnknown {
		t.Errorf("no payment card: %+v", got)
	}
}

func TestLabelNeedsAKindAndANumberThatFits(t *testing.T) {
	for number, want := range map[int64]error{-1: ErrNoLabel, 0: ErrNoLabel, 1: nil, MaxNumber - 1: nil, MaxNumber: nil, MaxNumber + 1: ErrNoLabel} {
		if _, err := Label(Box, number); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", number, err, want)
		}
	}
	for _, kind := range []Kind{Book, Number, NotBook, Damaged, Unknown, ""} {
		if _, err := Label(kind, 1); !errors.Is(err, ErrNoLabel) {
			t.Errorf("%q has no labels: %v", kind, err)
		}
	}
	if got := label(t, Request, 412); got != "0500000000004122" {
		t.Errorf("printed labels must stay readable: got %s", got)
	}
}

func TestLabelsAreReadBackAndEverySlipIsNoticed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(labelKinds[:]).Draw(rt, "kind")
		number := rapid.Int64Range(1, MaxNumber).Draw(rt, "number")
		digits := label(t, kind, number)
		got := Classify(digits)
		if again, err := Label(got.Kind, number); err != nil || again != digits || got.Kind != kind || !got.Label {
			rt.Fatalf("%s read as %+v", digits, got)
		}
		b := []byte(digits)
		i := rapid.IntRange(0, len(b)-1).Draw(rt, "slip")
		b[i] = '0' + (b[i]-'0'+byte(rapid.IntRange(1, 9).Draw(rt, "by")))%10
		if got := Classify(string(b)); got.Label || got.Kind == Book {
			rt.Fatalf("%s read as %+v after a slip", b, got)
		}
	})
}

// TestHangulKeyboardChangesNoCode sends codes, prefixes of scanners included, through a computer whose Hangul keyboard is on.
func TestHangulKeyboardChangesNoCode(t *testing.T) {
	kinds := []string{bookA, bookA + "03810", goods, "0412", "11137700001234", label(t, Request, 412), label(t, Box, 99)}
	for _, code := range kinds {
		for _, prefix := range []string{"", "]E0", "]C1", "]c1", "D"} {
			want := Classify(code)
			if prefix == "D" && !want.Sure() {
				continue // a letter before a card or number is only forgiven where a check digit holds
			}
			got := Classify(hangul.FromQWERTY(prefix + code))
			got.Raw = want.Raw
			if got != want {
				t.Errorf("%s%s with Hangul on: got %+v, want %+v", prefix, code, got, want)
			}
		}
	}
}

func TestDoubleTriggerIsTheSameCodeWithinTheTime(t *testing.T) {
	a, addOn, b := Classify(bookA), Classify(bookA+"03810"), Classify(bookB)
	card, ours := Classify("00000412"), Classify(label(t, Member, 412))
	bad := Classify("9788936434121")
	for _, c := range []struct {
		prev, cur Code
		gap       int64
		want      bool
	}{
		{a, a, 0, true}, {a, a, 1499, true}, {a, a, 1500, true}, {a, a, 1501, false}, {a, a, -1, false},
		{a, addOn, 300, true}, {addOn, a, 300, true}, {a, b, 300, false}, {a, Classify("8936434128"), 300, true}, {Code{}, a, 300, false},
		{card, card, 300, true}, {card, ours, 300, false}, {ours, ours, 300, true}, {ours, Classify(label(t, Member, 413)), 300, false},
		{Classify("0412"), Classify("0412"), 300, true}, {Classify("0412"), Classify("412"), 300, false},
		{bad, bad, 300, false}, {Classify("x"), Classify("x"), 300, false}, {Classify(goods), Classify(goods), 300, true},
	} {
		if got := DoubleTrigger(c.prev, c.cur, c.gap); got != c.want {
			t.Errorf("%q then %q after %d ms: %v", c.prev.Raw, c.cur.Raw, c.gap, got)
		}
	}
}

func TestSplitFindsEveryCode(t *testing.T) {
	request := label(t, Request, 412)
	for in, want := range map[string][]string{
		"":                                    nil,
		" \r\n\t ":                            nil,
		bookA + bookB:                         {bookA, bookB},
		bookA + "03810" + bookB:               {bookA + "03810", bookB},
		bookA + bookB + "03810":               {bookA, bookB + "03810"},
		bookA + "03810" + bookB + "03810":     {bookA + "03810", bookB + "03810"},
		request + bookA + request:             {request, bookA, request},
		bookA + bookA + bookA:                 {bookA, bookA, bookA},
		"977122780200508" + goods:             {"977122780200508", goods},
		"]E0" + bookA + "]E0" + bookB:         {bookA, bookB},
		bookA + "\r\n" + bookB + "\n\n0412":   {bookA, bookB, "0412"},
		bookA + "\t" + bookB:                  {bookA, bookB},
		bookA + " " + bookB:                   {bookA, bookB},
		bookA + ", " + bookB + "; 8936434128": {bookA, bookB, "8936434128"},
		bookA + " 03810 " + bookB:             {bookA + "03810", bookB}, // run-on digits, spaces left out
		bookA + " 03810 0412":                 {bookA + " 03810", "0412"},
		"x " + bookA + bookB:                  {"x", bookA, bookB},
		"978 89 364 3412 0":                   {"978 89 364 3412 0"},
		"불편한 편의점, 김호연":                        {"불편한 편의점, 김호연"},
		"0412 0413":                           {"0412 0413"},
		bookA + "9791167743092":               {bookA + "9791167743092"},
		bookA + "\u3000" + bookB:              {bookA, bookB},
		"978-89-364-3412-0,979-11-6774-309-1": {"978-89-364-3412-0", "979-11-6774-309-1"},
	} {
		if got := Split(in); !slices.Equal(got, want) {
			t.Errorf("Split(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestSplitTakesRunsUpToMaxRaw(t *testing.T) {
	const n = MaxRaw / 13 // 39 codes, 507 digits
	for count, want := range map[int]int{n - 1: n - 1, n: n, n + 1: 1} {
		if got := Split(strings.Repeat(bookA, count)); len(got) != want {
			t.Errorf("%d codes: got %d, want %d", count, len(got), want)
		}
	}
	if got := Split(strings.Repeat(bookA+" ", 2000)); len(got) != 2000 {
		t.Errorf("separated codes have no limit: %d", len(got))
	}
}

func TestSplitDropsNothingButSeparators(t *testing.T) {
	piece := rapid.SampledFrom([]string{bookA, bookB, goods, "03810", "0412", " ", "\n", ",", "; ", "x", "가", "9", "0500000000004122", "\t"})
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \n\t,;", r) {
				return -1
			}
			return r
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		if got := bare(strings.Join(Split(in), "")); got != bare(in) {
			t.Fatalf("Split(%q) = %q", in, Split(in))
		}
	})
}

func TestEveryKeyHasItsTextInBothLanguages(t *testing.T) {
	keys := []string{ProblemEmpty, ProblemMisread, ProblemAddOnAlone, ProblemJoined, ProblemTooShort, ProblemTooLong, ProblemLetters, ProblemPaymentCard, ProblemUnknown}
	for _, p := range []isbn.Problem{isbn.Empty, isbn.None, isbn.Spreadsheet, isbn.Letters, isbn.TooShort, isbn.TooLong, isbn.CheckDigitWrong, isbn.Serial, isbn.Goods, isbn.Music, isbn.NotABook, isbn.AddOnWrong} {
		keys = append(keys, p.Key())
	}
	for _, k := range []Kind{Book, Request, Member, Box, Copy, Slip, Number, NotBook, Damaged, Unknown} {
		keys = append(keys, k.Key())
	}
	for d := byte('0'); d <= '9'; d++ {
		keys = append(keys, isbn.Reader(d).Key(), isbn.Form(d).Key())
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, lang := range []string{"ko", "en"} {
		raw, err := os.ReadFile("../../assets/messages/scan." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if texts[key] == "" {
				t.Errorf("%s has no text for %s", lang, key)
			}
			delete(texts, key)
		}
		for key := range texts {
			t.Errorf("%s has a text for %s, which nothing says", lang, key)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{bookA, bookA + "03810", bookA + bookB, "]E0" + bookA, "ㅠㅔ0412", "080442957X", "4000001234567899", "0500000000004122", "\x00]", "９７８"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range append(ClassifyAll(s), Classify(s)) {
			if c.Kind == "" || c.Kind == Book != c.ISBN.Valid() || c.AddOn != "" && !c.AddOn.Valid() {
				t.Fatalf("%q: %+v", s, c)
			}
			if (c.Kind == Damaged || c.Kind == Unknown) != (c.Problem != "" && c.Kind != Member && c.Kind != NotBook) || c.Label && (c.Number == "" || c.Problem != "") {
				t.Fatalf("%q: %+v", s, c)
			}
		}
	})
}
