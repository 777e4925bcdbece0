package ledger_test

import (
	"fmt"
	"testing"

	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// BenchmarkDrain measures how fast the waiting ops of one PC become durable, in
// pushes of 1,000: loans from acceptance to the box.
func BenchmarkDrain(b *testing.B) {
	w := newWorld(b)
	w.upsert(&payback.PolicyRow{Policy: wide()})
	titles := w.manyTitles(5000)
	d := w.device["s01"]
	const batch = 1000
	packer, err := syncproto.NewPacker()
	must(b, err)
	n, sent := 0, 0
	for b.Loop() {
		b.StopTimer()
		from := d.wseq + 1
		for range batch / 5 {
			i := n
			n++
			w.upsertResident(i)
			isbn := titles[i%len(titles)]
			w.aDay(d, w.place(i, isbn, "s01"), isbn)
		}
		packet, err := packer.Pack(syncproto.Push{V: 1, Run: d.run, From: from, Ops: batch}, d.raw[from-1:])
		must(b, err)
		sent += len(packet)
		b.StartTimer()
		if r := w.push(d, from); r.Acked != d.wseq {
			b.Fatalf("acked %d of %d", r.Acked, d.wseq)
		}
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	b.ReportMetric(float64(sent)/float64(batch)/float64(b.N), "bytes/op")
}

// wide are rules under which nothing of this is refused.
func wide() payback.Policy {
	p := payback.DefaultPolicy()
	p.From, p.MonthLimit, p.YearLimit, p.CapOther, p.BudgetYear = "2020-01-01", 0, 0, 99, 0
	return p
}

func (w *world) manyTitles(n int) []payback.ISBN {
	var out []payback.ISBN
	for len(out) < n {
		var rows []payback.Row
		for range 1000 {
			digits := fmt.Sprintf("97889%07d", len(out))
			check, _ := isbn.CheckDigit(digits)
			out = append(out, payback.ISBN(digits+string(check)))
			rows = append(rows, &payback.Title{ISBN: out[len(out)-1], Name: fmt.Sprint("책 ", len(out)), Price: 14000})
		}
		w.upsert(rows...)
	}
	return out
}

func (w *world) upsertResident(i int) {
	w.upsert(&payback.Resident{ID: resident(i), CardTag: fmt.Sprint("tag", i)})
}
