package counter

import (
	"slices"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// found looks for what was scanned.
func (f *fix) found(raw string) Found {
	f.t.Helper()
	out, err := f.Find(f.t.Context(), scan.Classify(raw))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, m := range out.Matches {
		if m.Title == nil {
			f.t.Errorf("%s: a match without a title", raw)
		}
	}
	return out
}

func kindsOf(out Found) (ks []MatchKind) {
	for _, m := range out.Matches {
		ks = append(ks, m.Kind)
	}
	return ks
}

func TestScanOfATitleOffersWhatCanBeDone(t *testing.T) {
	f := newFix(t)
	out := f.found(string(fixISBN))
	if len(out.Matches) != 0 || out.Reason.Key != ReasonNotOurs || out.Title.Name != "불편한 편의점" {
		t.Errorf("nothing open: got %+v, want not ours", out)
	}
	f.sold(1)
	f.placed(2)
	f.did(f.Accept(t.Context(), AcceptIn{Request: f.placed(3)}))
	f.did(f.Order(t.Context(), f.placed(4), "2026-11-30"))
	f.did(f.Decline(t.Context(), f.placed(5), payback.DeclineTooBusy))
	out = f.found(string(fixISBN))
	want := []MatchKind{MatchWaiting, MatchOut, MatchOrdered, MatchPlaced, MatchDead, MatchTitle}
	if got := kindsOf(out); !slices.Equal(got, want) || !out.Reason.None() {
		t.Errorf("got %v (%v), want %v", got, out.Reason, want)
	}
	if m := out.Matches[1]; m.Deadline != "2026-12-14" || m.Person.Name != "홍*동" || m.Late {
		t.Errorf("loan: got %+v", m)
	}
}

func TestSeveralLoansOfOneTitleComeNearestDeadlineFirst(t *testing.T) {
	f := newFix(t)
	first := f.sold(1)
	f.clock.Advance(48 * time.Hour)
	second := f.sold(2)
	out := f.found(string(fixISBN))
	if len(out.Matches) < 2 || out.Matches[0].Loan.ID != first || out.Matches[1].Loan.ID != second {
		t.Errorf("got %+v", kindsOf(out))
	}
}

func TestReturnedCopyIsOwedThenPackedThenFinished(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	step := func(want MatchKind) {
		t.Helper()
		if got := f.found("0001"); len(got.Matches) != 1 || got.Matches[0].Kind != want {
			t.Errorf("got %v, want %s", kindsOf(got), want)
		}
	}
	step(MatchOut)
	f.did(f.Return(t.Context(), loan))
	step(MatchOwed)
	f.did(f.Refund(t.Context(), RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "9"}))
	step(MatchPack)
	f.did(f.Pack(t.Context(), loan))
	step(MatchInBox)
	cp, err := find[*payback.Copy](t.Context(), f.Counter, payback.CopyKey(loan))
	if err != nil {
		t.Fatal(err)
	}
	f.did(f.HandOver(t.Context(), cp.Transfer, "V1"))
	step(MatchFinished)
	label, ok := LabelDigits(scan.Box, string(cp.Transfer))
	if got := f.found(label); !ok || len(got.Matches) != 1 || got.Matches[0].Transfer.ID != cp.Transfer {
		t.Errorf("label %s of the box: got %+v", label, got)
	}
	serial, err := scan.Label(scan.Box, 1)
	if got := f.found(serial); err != nil || len(got.Matches) != 1 || got.Matches[0].Kind != MatchBox {
		t.Errorf("label of box 1: got %+v", got)
	}
}

func TestSlipsAndCopiesAreFoundByTheirLabels(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	for _, kind := range []scan.Kind{scan.Copy, scan.Slip} {
		label, ok := LabelDigits(kind, string(loan))
		if got := f.found(label); !ok || len(got.Matches) != 1 || got.Matches[0].Loan.ID != loan {
			t.Errorf("%s label %q: got %+v", kind, label, got)
		}
	}
	if _, ok := LabelDigits(scan.Copy, "r001"); ok {
		t.Error("an id that is no UUID has no label")
	}
}

func TestNumbersFindPickUpNumberAndLastFourDigits(t *testing.T) {
	f := newFix(t)
	f.placed(1) // p001, whose phone ends in 1234
	for _, number := range []string{"0001", "001", "1234"} {
		if got := f.found(number); len(got.Matches) != 1 || got.Matches[0].Request.ID != "r001" {
			t.Errorf("%s: got %+v", number, got)
		}
	}
	if got := f.found("0999"); got.Reason.Key != ReasonNumberUnknown || got.Reason.Args["number"] != "0999" {
		t.Errorf("unknown number: got %+v", got.Reason)
	}
}

func TestCardFindsWhatItsHolderHasHere(t *testing.T) {
	f := newFix(t)
	r := f.request(1)
	r.CardTag = keys.CardTag(make([]byte, 32), "29760960")
	f.give(r)
	if got := f.found("29760960"); len(got.Matches) != 1 || got.Matches[0].Request.ID != "r001" {
		t.Errorf("got %+v", got)
	}
	if got := f.found("29760961"); len(got.Matches) != 0 || got.Reason.Key != ReasonCardUnknown {
		t.Errorf("other card: got %+v", got)
	}
}

func TestDamagedAndForeignCodesSayWhatTheyAre(t *testing.T) {
	f := newFix(t)
	for raw, want := range map[string]string{
		"9791161571187": scan.ProblemMisread,
		"53370":         scan.ProblemAddOnAlone,
		"12":            scan.ProblemTooShort,
		"":              scan.ProblemEmpty,
	} {
		if got := f.found(raw); len(got.Matches) != 0 || got.Reason.Key != want {
			t.Errorf("%q: got %+v, want %s", raw, got.Reason, want)
		}
	}
	if got := f.found("8801234567893"); got.Reason.None() {
		t.Errorf("goods: got %+v, want a reason", got)
	}
}

func TestWordsFindTitles(t *testing.T) {
	f := newFix(t)
	for _, words := range []string{"불편한", "ㅂㅍㅎ", "편의점 김호연"} {
		if got := f.found(words); len(got.Matches) != 1 || got.Matches[0].Title.ISBN != fixISBN {
			t.Errorf("%s: got %+v", words, got)
		}
	}
	if got := f.found("없는책이름"); got.Reason.Key != ReasonNothingFound {
		t.Errorf("got %+v", got.Reason)
	}
}
