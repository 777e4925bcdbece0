package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The limits of a file.
const (
	// MaxRow is the longest row that is read, in bytes as they stand in the file.
	MaxRow = 64 << 10
	// MaxRowLines is the most lines that one row may stretch over by line breaks
	// inside quotes. A quote still open then is taken for a stray one.
	MaxRowLines = 100
	// sample is how much is looked at to find the encoding.
	sample = 64 << 10
)

// Charset is how a file's text is encoded.
type Charset string

// The encodings. ASCII is a file that has shown no other sign yet: its first one
// decides between the other two. UTF-16 is turned into UTF-8 on the way in.
const (
	ASCII Charset = "ascii"
	UTF8  Charset = "utf-8"
	CP949 Charset = "cp949"
)

// source reads the rows of a file.
type source struct {
	in      *bufio.Reader
	charset Charset
	sep     byte
	line    int    // lines read from in so far
	ahead   []line // lines to be read again: a quote before them was not closed
	record  []byte // the row that is being joined
	quoted  bufio.Reader
}

// line is one line of the file, without its end.
type line struct {
	no   int
	text []byte
	long bool // more than MaxRow bytes; text is void
}

// row is one row: its cells, or why it can't be read.
type row struct {
	line  int
	cells []string
	wrong *flaw
}

// flaw is what is wrong with a row, or worth a note.
type flaw struct {
	column string // header as in the file; "" for the whole row
	key    string
	args   map[string]string
}

func bad(key string, args ...string) *flaw {
	f := &flaw{key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if f.args == nil {
			f.args = map[string]string{}
		}
		f.args[args[i]] = args[i+1]
	}
	return f
}

// open looks at the beginning of r. The separator is found with the first row.
func open(r io.Reader) (*source, error) {
	in := bufio.NewReaderSize(r, sample)
	head, err := in.Peek(sample)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s := &source{in: in}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err = in.Discard(3)
		s.charset = UTF8
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		wide := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
		s.in, s.charset, err = bufio.NewReaderSize(transform.NewReader(in, wide), sample), UTF8, nil
	default:
		s.charset, err = guess(head), nil
	}
	return s, err
}

// guess tells the encoding of a piece of text that may end within a character.
func guess(text []byte) Charset {
	if isASCII(text) {
		return ASCII
	}
	wrongUTF8, wrongCP949 := 0, 0
	for rest := text; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 && utf8.FullRune(rest) {
			wrongUTF8++
		}
		rest = rest[n:]
	}
	if wrongUTF8 == 0 {
		return UTF8
	}
	decoded, err := korean.EUCKR.NewDecoder().Bytes(text)
	if err == nil {
		wrongCP949 = bytes.Count(decoded, []byte("\ufffd"))
	}
	if err == nil && wrongCP949 < wrongUTF8 {
		return CP949
	}
	return UTF8
}

func isASCII[T ~string | ~[]byte](text T) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// next returns the next row that is not blank; io.EOF after the last.
func (s *source) next() (row, error) {
	for {
		first, err := s.read()
		if err != nil {
			return row{}, err
		}
		if first.long {
			return row{line: first.no, wrong: bad("ingest.row_long", "KiB", "64")}, nil
		}
		if s.sep == 0 {
			s.sep = separator(first.text)
		}
		text, ok, err := s.join(first)
		if err != nil {
			return row{}, err
		}
		if !ok {
			return row{line: first.no, wrong: bad("ingest.quote_open")}, nil
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		r := s.split(first.no, text)
		if r.wrong == nil && blank(r.cells) {
			continue
		}
		return r, nil
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// read returns the next line. Its text holds until the next call.
func (s *source) read() (line, error) {
	if len(s.ahead) > 0 {
		l := s.ahead[0]
		s.ahead = s.ahead[1:]
		return l, nil
	}
	text, err := s.in.ReadSlice('\n')
	if len(text) == 0 && err != nil {
		return line{}, err
	}
	s.line++
	l := line{no: s.line, text: text}
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long, l.text = true, nil
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = s.in.ReadSlice('\n')
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return line{}, err
	}
	l.text = bytes.TrimSuffix(bytes.TrimSuffix(l.text, []byte("\n")), []byte("\r"))
	return l, nil
}

// join adds the lines that belong to the row which begins with first. ok is false
// when a quote stays open; then the lines after the first are read again.
func (s *source) join(first line) (text []byte, ok bool, err error) {
	inside := s.endsInside(first.text, false)
	if !inside {
		return first.text, true, nil
	}
	s.record = append(s.record[:0], first.text...)
	var taken []line
	for inside && len(taken) < MaxRowLines-1 {
		l, err := s.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		l.text = bytes.Clone(l.text)
		taken = append(taken, l)
		if l.long || len(s.record)+len(l.text) > MaxRow {
			break
		}
		s.record = append(append(s.record, '\n'), l.text...)
		inside = s.endsInside(l.text, true)
	}
	if inside {
		s.ahead = append(taken, s.ahead...)
	}
	return s.record, !inside, nil
}

// endsInside says whether the text ends inside a quoted cell, given whether it
// begins inside one. Separators and quotes are never part of a character in
// UTF-8 or CP949, so bytes can be looked at.
func (s *source) endsInside(text []byte, inside bool) bool {
	if bytes.IndexByte(text, '"') < 0 {
		return inside
	}
	begins := !inside
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inside && c == '"' && i+1 < len(text) && text[i+1] == '"':
			i++
		case inside && c == '"':
			inside = false
		case begins && c == '"':
			inside = true
		}
		begins = !inside && c == s.sep
	}
	return inside
}

// separator is the sign among comma, semicolon and tab that the header has most of.
func separator(head []byte) byte {
	best, most := byte(','), bytes.Count(head, []byte{','})
	for _, c := range []byte{';', '\t'} {
		if n := bytes.Count(head, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

// split cuts a row into cells and decodes them.
func (s *source) split(no int, text []byte) row {
	r := row{line: no}
	if s.charset == ASCII && !isASCII(text) {
		s.charset = guess(text)
	}
	if bytes.IndexByte(text, '"') < 0 {
		r.cells = strings.Split(string(text), string(s.sep))
	} else {
		s.quoted.Reset(bytes.NewReader(text))
		c := csv.NewReader(&s.quoted)
		c.Comma, c.FieldsPerRecord = rune(s.sep), -1
		cells, err := c.Read()
		var where *csv.ParseError
		if errors.As(err, &where) {
			r.line += where.Line - 1
			r.wrong = bad("ingest.quote_wrong")
			return r
		}
		r.cells = cells
	}
	for i, cell := range r.cells {
		decoded, ok := s.decode(cell)
		if !ok {
			r.wrong = bad("ingest.not_text", "Column", columnNumber(i))
			return r
		}
		r.cells[i] = decoded
	}
	return r
}

func (s *source) decode(cell string) (string, bool) {
	if isASCII(cell) {
		return cell, true
	}
	if s.charset == CP949 {
		decoded, err := korean.EUCKR.NewDecoder().String(cell)
		return decoded, err == nil && !strings.ContainsRune(decoded, utf8.RuneError)
	}
	return cell, utf8.ValidString(cell)
}
