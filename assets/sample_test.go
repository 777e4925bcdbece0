package assets

import (
	"bytes"
	"encoding/csv"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rows returns the rows of a sample file under its header, which must be as given.
func rows(t *testing.T, name, header string) [][]string {
	t.Helper()
	file, err := Sample().Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := strings.Join(all[0], ","); got != header {
		t.Errorf("%s: header %q, want %q", name, got, header)
	}
	seen := map[string]bool{}
	for _, row := range all[1:] {
		for _, field := range row {
			if strings.ContainsAny(field, "\r\n\t") || field != strings.TrimSpace(field) {
				t.Errorf("%s: field %q is not clean", name, field)
			}
		}
		if seen[row[0]] && name != "stock.csv" {
			t.Errorf("%s: %s is there twice", name, row[0])
		}
		seen[row[0]] = true
	}
	return all[1:]
}

func isbnValid(isbn string) bool {
	if len(isbn) != 13 || (isbn[:3] != "978" && isbn[:3] != "979") {
		return false
	}
	sum := 0
	for i, digit := range isbn {
		sum += int(digit-'0') * (1 + 2*(i%2))
	}
	return sum%10 == 0
}

func TestSampleTitlesAreClean(t *testing.T) {
	bestsellers, priceless := 0, 0
	titles := rows(t, "titles.csv", "isbn,title,author,publisher,published,price,class")
	for _, row := range titles {
		if !isbnValid(row[0]) {
			t.Errorf("%v: ISBN is not valid", row)
		}
		if row[1] == "" || row[2] == "" || row[3] == "" {
			t.Errorf("%v: title, author or publisher is missing", row)
		}
		if year, err := strconv.Atoi(row[4]); err != nil || year < 1990 || year > 2026 {
			t.Errorf("%v: year", row)
		}
		switch price, err := strconv.Atoi(row[5]); {
		case row[5] == "":
			priceless++
		case err != nil || price < 5000 || price > 50000:
			t.Errorf("%v: price", row)
		}
		if row[6] == "bestseller" {
			bestsellers++
		} else if row[6] != "" {
			t.Errorf("%v: class", row)
		}
	}
	if len(titles) < 150 || bestsellers < 15 || priceless == 0 {
		t.Errorf("%d titles, %d bestsellers, %d without price", len(titles), bestsellers, priceless)
	}
}

func TestSampleStockNamesStoresAndTitlesOfTheSample(t *testing.T) {
	known := map[string]bool{}
	for _, row := range rows(t, "stores.csv", "서점번호,이름,주소,전화,영업시간") {
		known[row[0]] = true
	}
	if len(known) != 9 {
		t.Errorf("%d stores, want 9", len(known))
	}
	for _, row := range rows(t, "titles.csv", "isbn,title,author,publisher,published,price,class") {
		known[row[0]] = true
	}
	stocked := map[string]bool{}
	for _, row := range rows(t, "stock.csv", "store,isbn,count") {
		if !known[row[0]] || !known[row[1]] || stocked[row[0]+row[1]] {
			t.Errorf("%v: unknown or twice", row)
		}
		stocked[row[0]+row[1]] = true
		if count, err := strconv.Atoi(row[2]); err != nil || count < 0 {
			t.Errorf("%v: count", row)
		}
	}
	if len(stocked) < 350 {
		t.Errorf("only %d rows of stock", len(stocked))
	}
}

func TestSamplePeopleAndStoresCannotBeCalled(t *testing.T) {
	card, phone := regexp.MustCompile(`^\d{10}$`), regexp.MustCompile(`^010-0000-\d{4}$`)
	residents := rows(t, "residents.csv", "회원증번호,이름,휴대전화,상태")
	for _, row := range residents {
		if !card.MatchString(row[0]) || !phone.MatchString(row[2]) || row[1] == "" {
			t.Errorf("%v", row)
		}
		if row[3] != "정회원" && row[3] != "준회원" && row[3] != "정지" {
			t.Errorf("%v: status", row)
		}
	}
	if len(residents) != 40 {
		t.Errorf("%d residents, want 40", len(residents))
	}
	for _, row := range rows(t, "stores.csv", "서점번호,이름,주소,전화,영업시간") {
		if !strings.HasPrefix(row[3], "02-000-") {
			t.Errorf("%v: telephone", row)
		}
	}
}

func TestSampleHoursNameEveryDayOfAStore(t *testing.T) {
	part := regexp.MustCompile(`^([월화수목금토일])(?:-([월화수목금토일]))? (휴무|\d\d:\d\d-\d\d:\d\d)$`)
	const days = "월화수목금토일"
	for _, row := range rows(t, "stores.csv", "서점번호,이름,주소,전화,영업시간") {
		covered := 0
		for _, piece := range strings.Split(row[4], "; ") {
			match := part.FindStringSubmatch(piece)
			if match == nil {
				t.Errorf("%s: %q cannot be read", row[1], piece)
				continue
			}
			last := match[2]
			if last == "" {
				last = match[1]
			}
			covered += strings.Index(days, last)/3 - strings.Index(days, match[1])/3 + 1
		}
		if covered != 7 {
			t.Errorf("%s: hours cover %d days: %s", row[1], covered, row[4])
		}
	}
	for _, row := range rows(t, "libraries.csv", "code,name,address,tel,open_hours,closed") {
		if !strings.Contains(row[2], "서초구") || row[5] == "" {
			t.Errorf("%v", row)
		}
	}
}

func TestIconIs512PixelsSquare(t *testing.T) {
	icon, err := png.DecodeConfig(bytes.NewReader(IconPNG))
	if err != nil {
		t.Fatal(err)
	}
	if icon.Width != 512 || icon.Height != 512 {
		t.Errorf("got %d by %d", icon.Width, icon.Height)
	}
	for _, token := range []Colour{Look().Light.AccentDeep, Look().Light.Look} {
		if !bytes.Contains(IconSVG, []byte(token.Hex())) {
			t.Errorf("icon lacks the look's %s", token.Hex())
		}
	}
}

func TestLicenceTravelsWithTheFonts(t *testing.T) {
	for _, want := range []string{"SIL OPEN FONT LICENSE", "Copyright (c) 2010, NAVER Corporation", "PERMISSION & CONDITIONS"} {
		if !strings.Contains(FontLicence, want) {
			t.Errorf("licence lacks %q", want)
		}
	}
}
