package ingest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const town = payback.DistrictID("seocho")

// rig is a server's insides over a real database, with a clock that stands still.
type rig struct {
	t      testing.TB
	db     *sqldb.DB
	ledger *ledger.Ledger
	vault  *vault.Vault
	clock  *stamp.Manual
}

func newRig(t testing.TB) *rig {
	t.Helper()
	d, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	key, err := keys.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	master, err := keys.NewMasterKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	clock := stamp.NewManual(time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC), "test")
	ids := stamp.NewIDs(stamp.Times(clock), rand.Reader)
	l, err := ledger.New(d, ledger.Options{Clock: clock, IDs: ids, Key: key, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(vault.Config{DB: d, Master: master, Chance: rand.Reader, Now: l.Now, NewID: ids.New})
	if err != nil {
		t.Fatal(err)
	}
	g := &rig{t, d, l, v, clock}
	g.put(payback.TDistrict, &payback.District{ID: town, Name: "서초구", Zone: "Asia/Seoul"})
	return g
}

func (g *rig) put(table payback.Table, r payback.Row) {
	g.t.Helper()
	raw, err := payback.EncodeRow(r)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.ledger.Act(g.t.Context(), town, ledger.Actor{}, &payback.Upsert{Table: table, Rows: []json.RawMessage{raw}, ID: g.ledger.NewID()}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) options() Options { return Options{District: town, Ledger: g.ledger, Vault: g.vault} }

func (g *rig) load(what, text string) Report {
	g.t.Helper()
	r, err := Import(g.t.Context(), what, strings.NewReader(text), what+".csv", g.options())
	if err != nil {
		g.t.Fatalf("%s: %v %v", what, err, fault.As(err).Args)
	}
	return r
}

func (g *rig) row(k payback.Key) payback.Row {
	g.t.Helper()
	var found payback.Row
	err := g.ledger.View(g.t.Context(), town, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{k})
		found = rows[k].Row
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return found
}

func (g *rig) title(i payback.ISBN) *payback.Title {
	t, _ := g.row(payback.TitleKey(i)).(*payback.Title)
	return t
}

func (g *rig) head() (head db.Head) {
	g.t.Helper()
	if err := g.ledger.View(g.t.Context(), town, func(r db.Reader) (err error) { head, err = r.Head(); return err }); err != nil {
		g.t.Fatal(err)
	}
	return head
}

// told returns what a report refuses, in English, and checks that each text exists.
func told(t *testing.T, remarks []Remark) []string {
	t.Helper()
	speaker := assets.NewSpeaker("en")
	var out []string
	for _, r := range remarks {
		text := r.Say(speaker.Say)
		if strings.Contains(text, "[ingest.") || strings.Contains(text, "[isbn.") || strings.Contains(text, "[vault.") {
			t.Errorf("no text: %s", text)
		}
		out = append(out, text)
	}
	return out
}

func TestASampleDistrictComesInWhole(t *testing.T) {
	g := newRig(t)
	want := map[string]int{Libraries: 19, Stores: 9, Titles: 196, Residents: 40, Stock: 423}
	for _, what := range []string{Libraries, Stores, Titles, Residents, Stock} {
		f, err := assets.Sample().Open(what + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		r, err := Import(t.Context(), what, f, what+".csv", g.options())
		if err != nil || r.Refused > 0 || r.Changed != want[what] {
			t.Errorf("%s: %d changed, %d refused %v, %v", what, r.Changed, r.Refused, told(t, r.Bad), err)
		}
	}
	d := g.row(payback.DistrictKey()).(*payback.District)
	s := g.row(payback.StoreKey("s01")).(*payback.Store)
	if len(d.Libraries) != 19 || s.Box(d.Libraries[18]) != 19 {
		t.Errorf("boxes: district %v, store %v", d.Libraries, s.Libraries)
	}
	if s.Hours[3] != "" || s.Hours[1] != "10:00-21:00" || s.Hours[0] != "10:00-18:00" {
		t.Errorf("hours %v", s.Hours)
	}
}

func TestRunningAFileAgainWritesNothing(t *testing.T) {
	g := newRig(t)
	files := map[string]string{
		Titles:    "isbn,title,price\n9788936434120,소년이 온다,15000\n",
		Libraries: "code,name\n111377,반포도서관\n",
		Stores:    "store,name\ns01,반포서점\n",
		Residents: "회원증번호,이름,휴대전화,상태\n100,김길동,010-0000-1000,정회원\n",
		Stock:     "store,isbn,count\ns01,9788936434120,2\n",
		Policy:    "name,value\nfrom,2027-01-01\nloan_days,14\n",
	}
	for _, what := range Kinds() {
		g.load(what, files[what])
	}
	before := g.head()
	for _, what := range Kinds() {
		r := g.load(what, files[what])
		if r.Changed != 0 || r.Ops != 0 || r.Same != 1 {
			t.Errorf("%s: %d changed, %d same, %d ops", what, r.Changed, r.Same, r.Ops)
		}
	}
	if after := g.head(); after != before {
		t.Errorf("head moved from %v to %v", before, after)
	}
}

func TestAnImportMayGoBackToEarlierValues(t *testing.T) {
	g := newRig(t)
	for _, price := range []string{"13000", "14000", "13000", "14000"} {
		r := g.load(Titles, "isbn,title,price\n9788936434120,소년이 온다,"+price+"\n")
		if r.Changed != 1 {
			t.Errorf("%s: %d changed", price, r.Changed)
		}
		if got := num(int(g.title("9788936434120").Price)); got != price {
			t.Errorf("price %s, want %s", got, price)
		}
	}
}

func TestBadTitlesAreRefusedOneByOne(t *testing.T) {
	g := newRig(t)
	r := g.load(Titles, strings.Join([]string{
		"ISBN,BookTitle,Price",
		"-1,세트,30000",
		"8801234567893,공책,1000",
		"9771227802005,잡지,5000",
		`9788936434120,"소년이`,
		`온다",`,
		"9788936434121,틀린 숫자,1",
		"9.78894E+12,엑셀,1",
		"9788934942467,,1",
		"9788934942467,총 균 쇠,만원",
		"9788934942467,총, 균, 쇠,1",
		"9788934942467",
		`9788934942467,"총" 균 쇠,1`,
		"9788934942467,\xff\xfe,1",
		"",
		",,",
		"9788934942467,총 균 쇠,\"29,800원\"",
	}, "\n"))
	want := []string{
		"line 2 [ISBN]", "line 3 [ISBN]", "line 4 [ISBN]", "line 7 [ISBN]", "line 8 [ISBN]", "line 9 [BookTitle]", "line 10 [Price]",
		"line 11: Too many cells: 5 instead of 3", "line 12: Too few cells: 1 instead of 3", "line 13: A quotation mark", "line 14: The text in cell 2",
	}
	got := told(t, r.Bad)
	if len(got) != len(want) {
		t.Fatalf("refused:\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], "titles.csv "+want[i]) {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if r.Changed != 2 || r.Rows != 13 {
		t.Errorf("%d of %d rows changed something, want 2 of 13", r.Changed, r.Rows)
	}
	if a := g.title("9788936434120"); a == nil || a.Name != "소년이 온다" || a.Price != 0 {
		t.Errorf("a title over two lines without a price: %+v", a)
	}
	if b := g.title("9788934942467"); b == nil || b.Price != 29800 {
		t.Errorf("%+v", b)
	}
}

func TestAQuoteThatIsNeverClosedCostsItsOwnLine(t *testing.T) {
	g := newRig(t)
	for name, lines := range map[string]int{"the end of the file": 1, "MaxRowLines": MaxRowLines + 5} {
		var b strings.Builder
		b.WriteString("isbn,title\n9788936434120,\"소년이 온다\n9788934942467,총 균 쇠\n")
		for i := range lines {
			fmt.Fprintf(&b, "%s,책 %d\n", synthetic(i), i)
		}
		r := g.load(Titles, b.String())
		if r.Refused != 1 || r.Bad[0].Line != 2 || r.Rows != lines+2 || g.title("9788934942467") == nil {
			t.Errorf("%s: %d of %d refused: %v", name, r.Refused, r.Rows, told(t, r.Bad))
		}
	}
}

func TestRowsAreReadUpToTheirLimits(t *testing.T) {
	g := newRig(t)
	row := func(size int) string {
		head, tail := "9788936434120,소년이 온다,", "\n"
		return "isbn,title,other\n" + head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	for extra, refused := range map[int]int{-1: 0, 0: 0, 1: 1} {
		if r := g.load(Titles, row(MaxRow+extra)+"9788934942467,총 균 쇠,\n"); r.Refused != refused || r.Rows != 2 {
			t.Errorf("%+d: %d refused of %d", extra, r.Refused, r.Rows)
		}
	}
	r := g.load(Titles, "isbn,title\n9788936434120,"+strings.Repeat("긴", 10<<20/3)+"\n9788934942467,총 균 쇠\n")
	if r.Refused != 1 || r.Bad[0].Key != "ingest.row_long" || r.Rows != 2 {
		t.Errorf("10 MB: %d of %d refused", r.Refused, r.Rows)
	}
	for lines, refused := range map[int]int{MaxRowLines - 1: 0, MaxRowLines: 0, MaxRowLines + 1: 1} {
		text := "isbn,title\n9788936434120,\"a" + strings.Repeat("\nb", lines-1) + "\"\n"
		r, err := Import(t.Context(), Titles, strings.NewReader(text), "t.csv", g.options())
		if err != nil || (refused == 0) != (r.Refused == 0) {
			t.Errorf("%d lines: %d refused, %v", lines, r.Refused, err)
		}
	}
}

func TestEveryEncodingAndSeparatorIsFound(t *testing.T) {
	const text = "ISBN,제목,저자,발행년도\r\n9788936434120,\"소년이, 온다\",한강,2014년 05월 19일\r\n"
	cp949, err := korean.EUCKR.NewEncoder().String(text + "9788934942467,똠방각하 펲,설믜,2002\r\n")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(text, ",제", ",제"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"utf-8": text, "bom": "\ufeff" + text, "cp949": cp949, "utf-16": wide, "old mac header (decomposed)": strings.Replace(text, "제목", "제목", 1),
		"semicolons":  strings.ReplaceAll(strings.ReplaceAll(text, ", ", "&"), ",", ";"),
		"tabs":        strings.ReplaceAll(strings.ReplaceAll(text, ", ", "&"), ",", "\t"),
		"no line end": strings.TrimSuffix(text, "\r\n"),
	} {
		g := newRig(t)
		r := g.load(Titles, file)
		a := g.title("9788936434120")
		if a == nil || !strings.HasSuffix(a.Name, "온다") || a.Author != "한강" || a.Published != "2014-05-19" {
			t.Errorf("%s (%s): %+v %v", name, r.Charset, a, told(t, r.Bad))
		}
		if name == "cp949" && g.title("9788934942467").Name != "똠방각하 펲" {
			t.Errorf("CP949 beyond EUC-KR: %+v", g.title("9788934942467"))
		}
	}
}

func TestTheFirstKoreanLetterDecidesTheEncoding(t *testing.T) {
	g := newRig(t)
	var b bytes.Buffer
	b.WriteString("isbn,title\n")
	for b.Len() < 2*sample {
		fmt.Fprintf(&b, "%s,Book\n", synthetic(1))
	}
	b.WriteString("9788936434120,")
	name, err := korean.EUCKR.NewEncoder().String("소년이 온다")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(name + "\n")
	r := g.load(Titles, b.String())
	if got := g.title("9788936434120"); r.Charset != CP949 || got == nil || got.Name != "소년이 온다" {
		t.Errorf("%s %+v %v", r.Charset, got, told(t, r.Bad))
	}
}

func TestMissingColumnsAreNamed(t *testing.T) {
	g := newRig(t)
	for what, want := range map[string]string{
		Titles: "isbn/도서번호, title/도서명", Stock: "isbn/도서번호, count/수량", Residents: "card/회원증번호, name/이름",
	} {
		_, err := Import(t.Context(), what, strings.NewReader("이상한,열\n1,2\n"), "x.csv", g.options())
		key, args := fault.Message(err)
		if fault.CodeOf(err) != fault.Invalid || key != "ingest.columns_missing" || args["Columns"] != want {
			t.Errorf("%s: %v %v", what, err, args)
		}
	}
	for text, want := range map[string]string{"": "ingest.empty", "\n\n , \n": "ingest.empty", "isbn,\"title\n": "ingest.quote_open"} {
		_, err := Import(t.Context(), Titles, strings.NewReader(text), "x.csv", g.options())
		if key, _ := fault.Message(err); key != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	_, err := Import(t.Context(), "members", strings.NewReader(""), "x.csv", g.options())
	if key, _ := fault.Message(err); key != "ingest.what" {
		t.Error(err)
	}
}

func TestTheLastOfSeveralRowsForOneThingWins(t *testing.T) {
	g := newRig(t)
	r := g.load(Titles, "isbn,title\n9788936434120,하나\n9788936434120,둘\n8936434128,셋\n")
	if r.Duplicates != 2 || r.Changed != 1 || len(r.Notes) != 2 || r.Notes[1].Line != 4 || g.title("9788936434120").Name != "셋" {
		t.Errorf("%+v", r)
	}
	told(t, r.Notes)
}

func TestDoubtfulPartsAreLeftOutWithANote(t *testing.T) {
	g := newRig(t)
	r := g.load(Titles, "isbn,title,published,class,부가기호\n"+
		"9788936434120,a,2206-06-30,인문,3810\n9788934942467,b,,베스트셀러,abcde\n9791167372864 03810,c,2026,,\n")
	if r.Refused != 0 || r.Noted != 3 {
		t.Errorf("%v %v", told(t, r.Bad), told(t, r.Notes))
	}
	a, b, c := g.title("9788936434120"), g.title("9788934942467"), g.title("9791167372864")
	if a.Published != "" || a.Class != "" || a.AddOn != "03810" || b.Class != payback.Bestseller || b.AddOn != "" || c.AddOn != "03810" {
		t.Errorf("%+v %+v %+v", a, b, c)
	}
}

func TestResidentsKeepTheirPseudonymAndStayOutOfTheLedger(t *testing.T) {
	g := newRig(t)
	const first = "회원증번호,이름,휴대전화,상태\n2976-096 096,김길동,010-0000-1000,정회원\n2847071134,이수아,1000001037,정지\n"
	g.load(Residents, first)
	id, ok, err := g.vault.ByCard(t.Context(), town, "2976096096")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	r := g.load(Residents, strings.Replace(first, "김길동,010-0000-1000,정회원", "김길동,010-0000-2000,탈퇴", 1))
	again, _, _ := g.vault.ByCard(t.Context(), town, "2976096096")
	if again != id || r.Changed != 1 || r.Same != 1 {
		t.Errorf("pseudonym %q, then %q; %d changed", id, again, r.Changed)
	}
	if row := g.row(payback.ResidentKey(id)).(*payback.Resident); !row.Blocked || row.CardTag == "" {
		t.Errorf("%+v", row)
	}
	if phone, err := g.vault.Phone(t.Context(), town, id); err != nil || phone != "01000002000" {
		t.Errorf("phone %q, %v", phone, err)
	}
	err = g.ledger.View(t.Context(), town, func(r db.Reader) error {
		ops, err := r.Ops(0, 100)
		for _, o := range ops {
			for _, secret := range []string{"김길동", "01000001000", "010-0000-1000", "2976096096", "2847071134"} {
				if bytes.Contains(o.Raw, []byte(secret)) {
					t.Errorf("op %d holds %q", o.Position, secret)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBadResidentsAreRefusedWithoutNamingThem(t *testing.T) {
	g := newRig(t)
	r := g.load(Residents, "회원증번호,이름,휴대전화,상태\n,김길동,010-0000-1000,정회원\n2,,010-0000-1000,정회원\n3,박민영,전화없음,정회원\n4,최은우,010-0000-1111,우주인\n5,정하늘,,정회원\n")
	if r.Refused != 4 || r.Changed != 1 {
		t.Errorf("%d refused, %d changed", r.Refused, r.Changed)
	}
	all := strings.Join(told(t, r.Bad), "\n")
	for _, secret := range []string{"김길동", "박민영", "최은우", "0000", "1111"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q in: %s", secret, all)
		}
	}
	for i, column := range []string{"회원증번호", "이름", "휴대전화", "상태"} {
		if r.Bad[i].Column != column {
			t.Errorf("line %d: %q, want %q", r.Bad[i].Line, r.Bad[i].Column, column)
		}
	}
}

func TestStockNeedsAKnownStore(t *testing.T) {
	g := newRig(t)
	g.load(Stores, "서점번호,이름\ns01,반포서점\n")
	r := g.load(Stock, "store,isbn,count\ns01,9788936434120,2\ns99,9788936434120,2\ns01,9788934942467,-1\ns01,9788934942467,9999\ns01,9791167372864,10000\ns/1,9791167372864,1\n")
	if r.Refused != 4 || r.Changed != 2 {
		t.Errorf("%v", told(t, r.Bad))
	}
	o := g.options()
	o.Store, o.Source = "s01", "till"
	r, err := Import(t.Context(), Stock, strings.NewReader("바코드\t재고\n9788936434120\t3\n"), "till.txt", o)
	if got := g.row(payback.StockKey("s01", "9788936434120")).(*payback.Stock); err != nil || r.Changed != 1 || got.N != 3 || got.Source != "till" {
		t.Errorf("%v %+v %+v", err, r, got)
	}
}

func TestAnUnchangedFigureIsFreshenedOnceADay(t *testing.T) {
	g := newRig(t)
	g.load(Stores, "서점번호,이름\ns01,반포서점\n")
	const file = "store,isbn,count\ns01,9788936434120,2\n"
	g.load(Stock, file)
	g.clock.Advance(time.Hour)
	if r := g.load(Stock, file); r.Same != 1 {
		t.Errorf("after an hour: %+v", r)
	}
	g.clock.Advance(24 * time.Hour)
	if r := g.load(Stock, file); r.Changed != 1 {
		t.Errorf("after a day: %+v", r)
	}
}

func TestAPolicyLaysItsRulesOverThoseInForce(t *testing.T) {
	g := newRig(t)
	g.load(Policy, "name,value\nfrom,2027-01-01\nloan_days,14\ntwo_person,아니오\n예산,\"500,000,000\"\n")
	g.load(Policy, "항목,값\n시행일,2027-07-01\n베스트셀러 권수,20\nlate,refund\n")
	env, err := g.ledger.Env(t.Context(), town)
	if err != nil {
		t.Fatal(err)
	}
	p := env.Policies.On("2027-08-01")
	if p.LoanDays != 14 || p.CapBestseller != 20 || p.TwoPerson || p.Late != payback.LateRefund || p.CapOther != 3 {
		t.Errorf("%+v", p)
	}
	for text, want := range map[string]string{
		"loan_days,14\n": "ingest.policy_from", "from,2027-09-01\nloan_days,soon\n": "ingest.policy_refused",
		"from,2027-09-01\nno_such,1\n": "ingest.policy_refused", "from,2027-09-01\nloan_days,-1\n": "ingest.policy_refused", "from,2027-09-31\n": "ingest.policy_refused", "from,2027-09-01\nlate,maybe\n": "ingest.policy_refused",
	} {
		r, err := Import(t.Context(), Policy, strings.NewReader("name,value\n"+text), "p.csv", g.options())
		if key, _ := fault.Message(err); key != want {
			t.Errorf("%q: %v", text, err)
		}
		told(t, r.Bad)
	}
	if again, _ := g.ledger.Env(t.Context(), town); len(again.Policies) != 2 {
		t.Errorf("%d policies", len(again.Policies))
	}
}

func TestCheckWritesNothing(t *testing.T) {
	g := newRig(t)
	before := g.head()
	o := g.options()
	o.Check = true
	for what, text := range map[string]string{Titles: "isbn,title\n9788936434120,a\n", Residents: "card,name\n1,김\n", Libraries: "code,name\n1,a\n"} {
		r, err := Import(t.Context(), what, strings.NewReader(text), "x.csv", o)
		if err != nil || r.Changed != 1 || r.Ops != 0 {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
	if g.head() != before {
		t.Error("head moved")
	}
	if _, ok, _ := g.vault.ByCard(t.Context(), town, "1"); ok {
		t.Error("a person was kept")
	}
}

func TestAListOfAWholeCountrySetsNoReceivingLibraries(t *testing.T) {
	g := newRig(t)
	var b strings.Builder
	b.WriteString("code,name\n")
	for i := range MaxReceiving + 1 {
		fmt.Fprintf(&b, "%06d,도서관 %d\n", i, i)
	}
	r := g.load(Libraries, b.String())
	if d := g.row(payback.DistrictKey()).(*payback.District); len(d.Libraries) != 0 || r.Noted != 1 {
		t.Errorf("%d receiving, %d notes", len(d.Libraries), r.Noted)
	}
}

func TestProgressIsToldByTheBatch(t *testing.T) {
	g := newRig(t)
	var steps []Progress
	o := g.options()
	o.Progress, o.Check = func(p Progress) { steps = append(steps, p) }, true
	if _, err := Import(t.Context(), Titles, generated(2500), "x.csv", o); err != nil {
		t.Fatal(err)
	}
	var rows []int
	for _, p := range steps {
		rows = append(rows, p.Rows)
	}
	if !slices.Equal(rows, []int{1000, 2000, 2500}) {
		t.Errorf("%v", steps)
	}
}

func TestAStoppedImportKeepsWhatItWrote(t *testing.T) {
	g := newRig(t)
	ctx, stop := context.WithCancel(t.Context())
	o := g.options()
	o.Progress = func(Progress) { stop() }
	r, err := Import(ctx, Titles, generated(1300), "x.csv", o)
	if fault.CodeOf(err) != fault.Unavailable || r.Changed < 1000 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = Import(t.Context(), Titles, generated(1300), "x.csv", g.options())
	if err != nil || r.Same != 1000 || r.Changed != 300 {
		t.Errorf("%d same, %d changed, %v", r.Same, r.Changed, err)
	}
}
