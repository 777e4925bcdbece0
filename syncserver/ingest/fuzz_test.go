package ingest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRows feeds the reader of rows anything: it ends, its lines rise, what it
// gives is text, and memory does not follow a row's length.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		"isbn,title\n9788936434120,\"소년이\n온다\"\n", "\ufeffa;b\r\n\"c;d\";e\r\n", "\xff\xfea\x00,\x00b\x00\n\x00", "a,b\n\"c", "a\n\"\"\"\n\"\n",
		"\xc0\xcc,\xb8\xa7\n\xff,1\n", "a\tb\n1\t\"2\"3\n", strings.Repeat("\"\n", 300), "a,b\n" + strings.Repeat("x", MaxRow+1) + "\nc,d\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := open(bytes.NewReader(file))
		if err != nil {
			return
		}
		lines := bytes.Count(file, []byte("\n")) + 1
		if bytes.HasPrefix(file, []byte("\xff\xfe")) || bytes.HasPrefix(file, []byte("\xfe\xff")) {
			lines = len(file) + 1
		}
		last, rows := 0, 0
		for {
			r, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if rows++; rows > lines {
				t.Fatalf("%d rows in %d lines", rows, lines)
			}
			if r.wrong == nil && r.line <= last || r.line > lines {
				t.Fatalf("line %d after %d of %d", r.line, last, lines)
			}
			last = max(last, r.line)
			size := 0
			for _, c := range r.cells {
				size += len(c)
				if r.wrong == nil && !utf8.ValidString(c) {
					t.Fatalf("line %d: %q is no text", r.line, c)
				}
			}
			if r.wrong == nil && size > 2*MaxRow {
				t.Fatalf("line %d: %d bytes", r.line, size)
			}
		}
	})
}

// FuzzImportValues feeds the readers of single cells anything.
func FuzzImportValues(f *testing.F) {
	for _, seed := range []string{"2020년 10월 08일", "14,000원", "010-0000-1000", "월-금 10:00-21:00; 일 휴무", "2002[실은 20", "20201399", "c2002", "권"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		if p, ok := won(cell); ok && p < 0 {
			t.Errorf("%q is %d won", cell, p)
		}
		if n, ok := count(cell); ok && (n < 0 || n > 9999) {
			t.Errorf("%q is %d copies", cell, n)
		}
		if d, ok := published(cell, noon); ok && d != "" && len(d) != 4 && len(d) != 7 && len(d) != 10 {
			t.Errorf("%q is published %q", cell, d)
		}
		if n, ok := phone(cell); ok && strings.Trim(n, "0123456789") != "" {
			t.Errorf("%q is phone %q", cell, n)
		}
		if c := clean(cell); c != clean(c) || strings.ContainsAny(c, "\r\n\t") {
			t.Errorf("%q cleaned is %q", cell, c)
		}
		if len(shorten(cell, 10)) > 10 {
			t.Errorf("%q shortened is too long", cell)
		}
	})
}
