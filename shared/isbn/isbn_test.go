package isbn

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReadsEveryWayAnISBNIsWritten(t *testing.T) {
	const want = ISBN("9788936434120")
	for _, in := range []string{
		"9788936434120", " 9788936434120\r\n", "978-89-364-3412-0", "978 89 364 3412 0", "978–89–364–3412–0", "978‐89‐364‐3412‐0",
		"９７８８９３６４３４１２０", "９７８－８９－３６４－３４１２－０", "97889\u200b36434120", "\ufeff9788936434120", "978\u00a089\u00a03643412\u30000",
		"8936434128", "89-364-3412-8", "ISBN 978-89-364-3412-0", "isbn:9788936434120", "ISBN-13: 978-89-364-3412-0", "ISBN-10: 89-364-3412-8", "ISBN-10 8936434128",
		"ISBN8936434128",
	} {
		got, err := Parse(in)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseTakesTheXOfAnISBN10(t *testing.T) {
	for _, in := range []string{"080442957X", "0-8044-2957-x", "０８０４４２９５７Ｘ"} {
		if got, err := Parse(in); err != nil || got != "9780804429573" {
			t.Errorf("Parse(%q) = %q, %v", in, got, err)
		}
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Problem
	}{
		{"", Empty}, {" \t ", Empty}, {"---", Empty}, {"ISBN", Empty},
		{"-1", None}, {"０", None}, {"0000000000", None}, {"0000000000000", None},
		{"9.78894E+12", Spreadsheet}, {"9.79e+12", Spreadsheet}, {"9E12", Spreadsheet},
		{"978893643412O", Letters}, {"불편한 편의점", Letters}, {"978X936434120", Letters}, {"89364341X8", Letters}, {"080442957X0", Letters},
		{"080442957XX", Letters}, {"9788936434120.0", Letters}, {"ISBN-1", TooShort}, {"\xff\xfe", Letters},
		{"9", TooShort}, {"978893643", TooShort}, {"97889364341", TooShort}, {"978893643412", TooShort},
		{"97889364341200", TooLong}, {"978893643412003810", TooLong},
		{"9788936434121", CheckDigitWrong}, {"8936434120", CheckDigitWrong}, {"9770000000004", CheckDigitWrong},
		{"9771227802005", Serial}, {"8801234567893", Goods}, {"9790060115615", Music}, {"4006381333931", NotABook},
	} {
		got, err := Parse(c.in)
		if !errors.Is(err, c.want) || got != "" {
			t.Errorf("Parse(%q) = %q, %v; want %v", c.in, got, err, c.want)
		}
	}
}

func TestParseLooksAtMaxInputCharacters(t *testing.T) {
	for extra, want := range map[int]error{-1: nil, 0: nil, 1: TooLong} {
		in := strings.Repeat("－", MaxInput+extra-13) + "9788936434120"
		if _, err := Parse(in); err != want {
			t.Errorf("%+d: %v, want %v", extra, err, want)
		}
	}
}

func TestParseBarcodeSplitsTheAddOnOff(t *testing.T) {
	for in, addOn := range map[string]AddOn{
		"978893643412003810": "03810", "9788936434120 03810": "03810", "978-89-364-3412-0 03810": "03810",
		"9788936434120": "", "8936434128": "", "８９３６４３４１２８": "",
	} {
		if i, a, err := ParseBarcode(in); err != nil || i != "9788936434120" || a != addOn {
			t.Errorf("ParseBarcode(%q) = %q, %q, %v", in, i, a, err)
		}
	}
	for in, want := range map[string]Problem{
		"97889364341200381": TooLong, "9788936434120038100": TooLong, "978893643412103810": CheckDigitWrong,
		"977122780200503810": Serial, "": Empty, "-1": None,
	} {
		if i, a, err := ParseBarcode(in); err != want || i != "" || a != "" {
			t.Errorf("ParseBarcode(%q) = %q, %q, %v; want %v", in, i, a, err, want)
		}
	}
}

func TestHyphenatedFollowsTheRangeTable(t *testing.T) {
	for _, want := range []string{
		"978-89-364-3412", "978-89-349-4246", "979-11-6774-309", // in print
		"978-89-00-00000", "978-89-24-99999", "978-89-250-0000", "978-89-549-9999", "978-89-5500-000", "978-89-8499-999", "978-89-85000-00",
		"978-89-94999-99", "978-89-950000-0", "978-89-969999-9", "978-89-97000-00", "978-89-98999-99", "978-89-990-0000", "978-89-999-9999",
		"979-11-00-00000", "979-11-21-99999", "979-11-220000-0", "979-11-229999-9", "979-11-23000-00", "979-11-24999-99", "979-11-250-0000",
		"979-11-549-9999", "979-11-5500-000", "979-11-8499-999", "979-11-85000-00", "979-11-94999-99", "979-11-950000-0", "979-11-999999-9",
	} {
		body := strings.ReplaceAll(want, "-", "")
		check, ok := CheckDigit(body)
		if !ok {
			t.Fatalf("%q has no twelve digits", want)
		}
		i, err := Parse(body + string(check))
		if err != nil {
			t.Fatal(err)
		}
		if got := i.Hyphenated(); got != want+"-"+string(check) {
			t.Errorf("%s: got %s, want %s", i, got, want)
		}
	}
}

func TestHyphenatedLeavesOtherGroupsAndBadTextAsTheyAre(t *testing.T) {
	for _, i := range []ISBN{"9780306406157", "9784101010014", "9788936434121", "", "x"} {
		if got := i.Hyphenated(); got != string(i) {
			t.Errorf("Hyphenated(%q) = %q", i, got)
		}
		if i.Korean() {
			t.Errorf("%q is not Korean", i)
		}
	}
	if !ISBN("9791167743091").Korean() || !ISBN("9788936434120").Korean() {
		t.Error("978-89 and 979-11 are Korean")
	}
}

func TestValidNeedsABookWithAFittingCheckDigit(t *testing.T) {
	for i, want := range map[ISBN]bool{
		"9788936434120": true, "9791167743091": true, "": false, "9788936434121": false, "8936434128": false, "978-89-364-3412-0": false,
		"8801234567893": false, "9771227802005": false, "9790060115615": false, "97889364341２": false,
	} {
		if i.Valid() != want {
			t.Errorf("Valid(%q) = %v", i, !want)
		}
	}
}

func TestCheckDigitNeedsTwelveDigits(t *testing.T) {
	for _, body := range []string{"", "97889364341", "9788936434120", "97889364341x"} {
		if _, ok := CheckDigit(body); ok {
			t.Errorf("CheckDigit(%q) is ok", body)
		}
	}
}

func TestAddOnTellsReaderFormAndSubject(t *testing.T) {
	for _, c := range []struct {
		in      string
		want    string // study aid, dictionary, set, electronic, comic
		subject string
	}{
		{"03810", "-----", "810"}, {"53410", "s----", "410"}, {"63410", "s----", "410"}, {"71710", "-d---", "710"}, {"74810", "--t--", "810"},
		{"95000", "---e-", "000"}, {"07650", "----c", "650"}, {"77810", "----c", "810"}, {"77840", "-----", "840"}, {"51740", "sd---", "740"},
	} {
		a, err := ParseAddOn(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got := []byte("-----")
		for i, is := range []bool{a.StudyAid(), a.Dictionary(), a.Set(), a.Electronic(), a.Comic()} {
			if is {
				got[i] = "sdtec"[i]
			}
		}
		if string(got) != c.want || a.Subject() != c.subject {
			t.Errorf("%s: got %s %s, want %s %s", a, got, a.Subject(), c.want, c.subject)
		}
	}
}

func TestAddOnIsFiveDigits(t *testing.T) {
	for _, in := range []string{"", "0381", "038100", "0381x", "0381０0"} {
		if a, err := ParseAddOn(in); err != AddOnWrong || a != "" {
			t.Errorf("ParseAddOn(%q) = %q, %v", in, a, err)
		}
	}
	if a, err := ParseAddOn(" ０３８10 "); err != nil || a != "03810" {
		t.Errorf("full width: %q, %v", a, err)
	}
	var none AddOn
	if none.Reader() != 0 || none.Form() != 0 || none.Subject() != "" || none.StudyAid() || none.Set() || none.Comic() {
		t.Error("no add-on says nothing")
	}
	if none.Reader().Key() != "isbn.reader.other" || none.Form().Key() != "isbn.form.other" {
		t.Error("no add-on has the keys of the others")
	}
	a := AddOn("03810")
	if a.Reader().Key() != "isbn.reader.0" || a.Form().Key() != "isbn.form.3" || AddOn("29000").Form().Key() != "isbn.form.other" {
		t.Error("keys follow the digits")
	}
}

func TestProblemHasAKeyAndAnErrorText(t *testing.T) {
	if CheckDigitWrong.Key() != "isbn.problem.check_digit" || CheckDigitWrong.Error() != "isbn: check digit" {
		t.Error(CheckDigitWrong.Key(), CheckDigitWrong.Error())
	}
}

// TestEveryOneDigitSlipIsNoticed: an EAN-13 finds every single wrong digit, so a misread code never becomes another book.
func TestEveryOneDigitSlipIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := draw(t)
		at := rapid.IntRange(0, 12).Draw(t, "at")
		b := []byte(i)
		b[at] = '0' + (b[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if ISBN(b).Valid() {
			t.Fatalf("%s after a slip at %d", b, at)
		}
	})
}

func TestHyphensAndISBN10ComeBackToTheSameISBN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := draw(t)
		if back, err := Parse(i.Hyphenated()); err != nil || back != i {
			t.Fatalf("%s came back as %s, %v", i.Hyphenated(), back, err)
		}
		if !strings.HasPrefix(string(i), "978") {
			return
		}
		short := string(i[3:12])
		sum := 0
		for k := range len(short) {
			sum += int(short[k]-'0') * (10 - k)
		}
		short += []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"}[(11-sum%11)%11]
		if back, err := Parse(short); err != nil || back != i {
			t.Fatalf("%s came back as %s, %v", short, back, err)
		}
	})
}

func draw(t *rapid.T) ISBN {
	body := rapid.SampledFrom([]string{"97889", "97911", "97800"}).Draw(t, "group") + fmt.Sprintf("%07d", rapid.IntRange(1, 9999999).Draw(t, "rest"))
	check, _ := CheckDigit(body)
	return ISBN(body + string(check))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"9788936434120", "978-89-364-3412-0", "080442957X", "ISBN-13: 9791167743091", "-1", "9.78E+12", "９７８", "8801234567893", "978893643412003810"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i, err := Parse(s)
		if err == nil && !i.Valid() || err != nil && i != "" {
			t.Fatalf("Parse(%q) = %q, %v", s, i, err)
		}
		var p Problem
		if err != nil && !errors.As(err, &p) {
			t.Fatalf("Parse(%q): %v is no Problem", s, err)
		}
		if err == nil {
			if back, err := Parse(i.Hyphenated()); err != nil || back != i {
				t.Fatalf("Parse(%q) = %q, %v", i.Hyphenated(), back, err)
			}
		}
		if j, a, err := ParseBarcode(s); err == nil && (!j.Valid() || a != "" && !a.Valid()) {
			t.Fatalf("ParseBarcode(%q) = %q, %q", s, j, a)
		}
	})
}
