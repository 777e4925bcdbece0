package ingest

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/bookpayback/bookpayback/shared/isbn"
)

// synthetic returns the i-th of 10,000,000 right Korean ISBNs.
func synthetic(i int) isbn.ISBN {
	body := fmt.Sprintf("97911%07d", i)
	check, _ := isbn.CheckDigit(body)
	return isbn.ISBN(body + string(check))
}

// lines is a file of n titles that is made while it is read.
type lines struct {
	at, n int
	rest  []byte
}

func generated(n int) io.Reader {
	return &lines{n: n, rest: []byte("isbn,title,author,publisher,published,price,class\n")}
}

func (l *lines) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		if l.at == l.n {
			return 0, io.EOF
		}
		l.rest = fmt.Appendf(nil, "%s,\"책 이름 %d, 모르는 사람들의 이야기\n%d권\",지은이 %d,출판사 %d,2024년 %02d월 15일,%d,\n",
			synthetic(l.at), l.at, l.at%9, l.at%5000, l.at%300, l.at%12+1, 9000+l.at%200*100)
		l.at++
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// BenchmarkTitles imports 100,000 titles into a new database; rows/s and the
// largest heap seen between batches are reported.
func BenchmarkTitles(b *testing.B) {
	const n = 100_000
	for _, check := range []bool{true, false} {
		b.Run(map[bool]string{true: "read", false: "write"}[check], func(b *testing.B) {
			var most uint64
			for b.Loop() {
				g := newRig(b)
				o := g.options()
				o.Check = check
				o.Progress = func(Progress) {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
				r, err := Import(b.Context(), Titles, generated(n), "big.csv", o)
				if err != nil || r.Changed != n {
					b.Fatal(r.Changed, r.Refused, err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(most)/(1<<20), "heap-MB")
		})
	}
}
