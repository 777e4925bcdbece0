package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

var november = Period{"2026-11-01", "2026-11-30"}

func TestReturnsAreCountedByLibraryAndDay(t *testing.T) {
	g := newRig(t)
	g.walk(1, 0, "s01", payback.KReturn)
	g.walk(2, 1, "s01", payback.KReturn)
	g.walk(3, 2, "s02", payback.KSell)
	g.pass(8) // 1 December
	g.walk(4, 3, "s02", payback.KReturn)
	got, err := g.Returns(t.Context(), town, november)
	if err != nil || got.Total != 2 || len(got.Rows) != 2 || got.Rows[0].N+got.Rows[1].N != 2 {
		t.Errorf("November: %+v, %v", got, err)
	}
	for day, want := range map[payback.Date]int{"2026-11-22": 0, "2026-11-23": 2, "2026-11-24": 0, "2026-12-01": 1} {
		if got, err := g.Returns(t.Context(), town, Period{day, day}); err != nil || got.Total != want {
			t.Errorf("%s: %d, %v, want %d", day, got.Total, err, want)
		}
	}
	if got.Rows[0].Name == "" || got.AsOf.Position == 0 || got.AsOf.At != g.ledger.Now() {
		t.Errorf("%+v", got)
	}
}

func TestADayBeginsAndEndsInTheDistrictsZone(t *testing.T) {
	g := newRig(t)
	g.clock.SetWall(time.Date(2026, 11, 30, 14, 59, 59, 0, time.UTC)) // 23:59:59 in Seoul
	g.walk(1, 0, "s01", payback.KReturn)
	g.clock.Advance(time.Second)
	g.walk(2, 1, "s01", payback.KReturn)
	for p, want := range map[Period]int{november: 1, {"2026-12-01", "2026-12-01"}: 1} {
		if got, err := g.Returns(t.Context(), town, p); err != nil || got.Total != want {
			t.Errorf("%v: %d, %v", p, got.Total, err)
		}
	}
}

func TestResidentsCountOnceAPeriod(t *testing.T) {
	g := newRig(t)
	g.walk(1, 0, "s01", payback.KSell)
	g.walk(2, 0, "s01", payback.KReturn)
	g.walk(3, 1, "s01", payback.KPlace)
	g.at("s01", &payback.Sell{Copy: "w1", ISBN: book(9), Paid: 10000, List: 10000, PayBy: payback.ByCash, Due: "2026-12-14"}) // nobody's
	got, err := g.Users(t.Context(), town, november)
	if err != nil || got.Asked != 2 || got.Bought != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := g.Users(t.Context(), town, Period{"2026-10-01", "2026-10-31"}); err != nil || got.Asked+got.Bought != 0 {
		t.Errorf("October: %+v, %v", got, err)
	}
}

func TestHoldingsAreWhatIsAtTheLibraries(t *testing.T) {
	g := newRig(t)
	g.walk(1, 0, "s01", payback.KShelve)
	g.walk(2, 1, "s01", payback.KIntake)
	g.walk(3, 2, "s01", payback.KReturn)
	g.walk(4, 3, "s01", payback.KSell)
	got, err := g.Holdings(t.Context(), town)
	if err != nil || got.Total != 2 || got.Coming != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheFunnelFollowsAPeriodsRequests(t *testing.T) {
	g := newRig(t)
	for i, to := range []payback.Kind{payback.KPlace, payback.KAccept, payback.KSell, payback.KReturn, payback.KIntake, payback.KShelve} {
		g.walk(i, i, "s01", to)
	}
	g.walk(6, 6, "s01", payback.KAccept)
	g.act(ledger.Actor{Role: payback.RoleResident, By: "r6"}, &payback.Cancel{Request: "q6"})
	g.walk(7, 7, "s01", payback.KSell)
	g.at("s01", &payback.Leave{Loan: "c7", Faults: []string{payback.FaultWet}})
	g.walk(8, 8, "s01", payback.KSell)
	g.act(ledger.Actor{Role: payback.RoleResident, By: "r8"}, &payback.Keep{Loan: "c8"})
	g.at("s01", &payback.Sell{Copy: "w1", ISBN: book(9), Paid: 10000, List: 10000, PayBy: payback.ByCash, Due: "2026-12-14"})
	got, err := g.Funnel(t.Context(), town, november)
	want := Funnel{Period: november, AsOf: got.AsOf, Asked: 9, Accepted: 8, Bought: 6, WalkIns: 1, Out: 2, Left: 1, Returned: 3, Kept: 1, Shelved: 1, Refunded: 30000}
	if err != nil || got != want {
		t.Errorf("got %+v, want %+v, %v", got, want, err)
	}
	if got.Sold() != got.Out+got.Left+got.Returned+got.Kept {
		t.Errorf("copies are lost on the way: %+v", got)
	}
	g.pass(40)
	again, err := g.Funnel(t.Context(), town, november)
	if again.AsOf = got.AsOf; err != nil || again != got {
		t.Errorf("a closed period changed by itself: %+v", again)
	}
}

func TestSettlementsAddUpToTheirLines(t *testing.T) {
	g := newRig(t)
	g.walk(1, 0, "s01", payback.KIntake)
	g.walk(2, 1, "s01", payback.KIntake)
	g.walk(3, 2, "s02", payback.KIntake)
	g.act(ledger.Actor{Role: payback.RoleOwner, By: "o1", Store: "s01"}, &payback.Contest{Line: "c1", Note: "-1 copy"})
	g.act(ledger.Actor{Role: payback.RoleOfficer, By: "f1"}, &payback.Correct{Line: "x1", Corrects: "c2", Amount: -1000, Note: "rate"})
	all, err := g.Settlements(t.Context(), town, november)
	if err != nil || all.Total.Total() != 29000 || all.Total.Lines != 4 || len(all.Rows) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	one, err := g.Settlement(t.Context(), town, "s01", november)
	if err != nil || len(one.Lines) != 3 || one.Sum.Contested != 10000 || one.Sum.Owed != 9000 || one.Name != "반포서점" {
		t.Errorf("%+v, %v", one.Sum, err)
	}
	if i := slices.IndexFunc(all.Rows, func(r StoreAmounts) bool { return r.Store == "s01" }); all.Rows[i].Amounts != one.Sum {
		t.Errorf("%+v and %+v", all.Rows[i], one.Sum)
	}
	cost, err := g.Cost(t.Context(), town, november)
	if err != nil || cost.Owed != 29000 || cost.Copies != 3 || cost.PerCopy(30, 10) != (29000+300)/3 || (Cost{}).PerCopy(1, 1) != 0 {
		t.Errorf("%+v, %v", cost, err)
	}
}

func TestOverdueBoxesAndMissingCopiesAreListed(t *testing.T) {
	g := newRig(t)
	for _, i := range []int{1, 2} {
		g.walk(i, i, "s01", payback.KReturn)
		id := payback.CopyID(map[int]string{1: "c1", 2: "c2"}[i])
		box := payback.TransferID("t" + string(id))
		g.at("s01", &payback.Pack{Copy: id, Transfer: box, Library: "111377"}, &payback.CloseBox{Transfer: box}, &payback.HandOver{Transfer: box, Taker: "T7"})
	}
	g.act(ledger.Actor{Role: payback.RoleLibrarian, By: "l1"}, &payback.EndIntake{Transfer: "tc2", Library: "111377"})
	for day, boxes := range map[payback.Date]int{"2026-12-03": 0, "2026-12-04": 1} {
		got, err := g.Overdue(t.Context(), town, day)
		if err != nil || len(got.Boxes) != boxes || len(got.Missing) != 1 {
			t.Errorf("%s: %d late, %d missing, %v", day, len(got.Boxes), len(got.Missing), err)
		}
	}
}

func TestPeriodsAreBounded(t *testing.T) {
	g := newRig(t)
	from := payback.Date("2020-01-01")
	for p, ok := range map[Period]bool{
		{from, from.Add(MaxDays - 2)}: true, {from, from.Add(MaxDays - 1)}: true, {from, from.Add(MaxDays)}: false,
		{from, from}: true, {from, from.Add(-1)}: false, {"", from}: false, {from, ""}: false, {"2026-02-30", "2026-03-01"}: false, {"x", "y"}: false,
	} {
		_, err := g.Users(t.Context(), town, p)
		if key, _ := fault.Message(err); (err == nil) != ok || !ok && key != "report.period" {
			t.Errorf("%v: %v", p, err)
		}
	}
}

func TestAnEmptyDistrictHasReports(t *testing.T) {
	g := newRig(t)
	const other = payback.DistrictID("empty")
	returns, err := g.Returns(t.Context(), other, november)
	if err != nil || returns.Total != 0 {
		t.Error(returns, err)
	}
	if svg, err := returns.Chart(assets.NewSpeaker("ko").Say); svg != nil || err != nil {
		t.Error("a chart of nothing", err)
	}
	if f, err := g.Funnel(t.Context(), other, november); err != nil || f.Asked != 0 {
		t.Error(f, err)
	}
}

// tables returns every table of a small district.
func tables(t *testing.T, g *rig, say Say) []Table {
	t.Helper()
	returns, err := g.Returns(t.Context(), town, november)
	g.must(err)
	holdings, err := g.Holdings(t.Context(), town)
	g.must(err)
	users, err := g.Users(t.Context(), town, november)
	g.must(err)
	funnel, err := g.Funnel(t.Context(), town, november)
	g.must(err)
	all, err := g.Settlements(t.Context(), town, november)
	g.must(err)
	one, err := g.Settlement(t.Context(), town, "s01", november)
	g.must(err)
	return []Table{returns.Table(say), holdings.Table(say), users.Table(say), funnel.Table(say), all.Table(say), one.Table(say)}
}

func TestTablesSayEverythingInBothLanguages(t *testing.T) {
	g := newRig(t)
	g.walk(1, 0, "s01", payback.KIntake)
	for _, lang := range []string{"ko", "en"} {
		for _, table := range tables(t, g, assets.NewSpeaker(lang).Say) {
			all := strings.Join(append(table.Columns, table.Title, table.Definition, table.AsOf), "\n")
			for _, r := range append(table.Rows, table.Sum) {
				if r != nil && len(r) != len(table.Columns) {
					t.Errorf("%s: %d cells in %d columns", table.Title, len(r), len(table.Columns))
				}
				for _, c := range r {
					all += "\n" + c.String()
				}
			}
			if strings.Contains(all, "[") || !strings.Contains(table.AsOf, "2026-11-23 14:05") {
				t.Errorf("%s: %s", lang, all)
			}
		}
	}
}

func TestCSVCanBeReadBackAndRunsNoFormula(t *testing.T) {
	g := newRig(t)
	g.put(&payback.Title{ISBN: book(1), Name: "=cmd|' /C calc'!A0, \"따옴표\"\n둘째 줄", Price: 10000})
	g.walk(1, 0, "s01", payback.KIntake)
	g.walk(2, 1, "s02", payback.KIntake)
	g.act(ledger.Actor{Role: payback.RoleOfficer, By: "f1"}, &payback.Correct{Line: "x1", Corrects: "c1", Amount: -1000, Note: "@rate"})
	for _, table := range tables(t, g, assets.NewSpeaker("ko").Say) {
		var first, second bytes.Buffer
		g.must(table.CSV(&first))
		g.must(table.CSV(&second))
		if !bytes.Equal(first.Bytes(), second.Bytes()) || !bytes.HasPrefix(first.Bytes(), []byte("\ufeff")) {
			t.Errorf("%s: no mark, or not the same twice", table.Title)
		}
		r := csv.NewReader(bytes.NewReader(first.Bytes()[3:]))
		r.FieldsPerRecord = -1
		for {
			record, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", table.Title, err)
			}
			for _, cell := range record {
				if cell != "" && strings.ContainsAny(cell[:1], "=+@") {
					t.Errorf("%s: a formula: %q", table.Title, cell)
				}
			}
		}
		if strings.HasPrefix(table.Title, "정산 내역") && !strings.Contains(first.String(), ",-1000,") {
			t.Errorf("a negative amount is no number: %s", first.String())
		}
	}
}

func TestTheChartNamesEachLibraryInKorean(t *testing.T) {
	g := newRig(t)
	g.walk(1, 0, "s01", payback.KReturn)
	returns, err := g.Returns(t.Context(), town, november)
	g.must(err)
	svg, err := returns.Chart(assets.NewSpeaker("ko").Say)
	g.must(err)
	for _, want := range []string{"<svg", "반포도서관", "양재도서관", "도서관별 반납 권수", "font-family:NanumGothic"} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("no %q in the chart", want)
		}
	}
	if err := xml.Unmarshal(svg, new(struct{})); err != nil {
		t.Error(err)
	}
	again, err := returns.Chart(assets.NewSpeaker("ko").Say)
	if err != nil || !bytes.Equal(svg, again) {
		t.Error("not the same twice", err)
	}
}
