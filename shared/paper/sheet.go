package paper

// Size is the paper that a sheet is for.
type Size int

// The sizes.
const (
	A4   Size = iota // lists and closing sheets; portrait, as many pages as needed
	Roll             // the roll of a slip printer, 80 mm wide with 72 mm printed; as long as needed
	Card             // a label for a box, 100 by 70 mm; one page
)

// Limits of a sheet: what is longer is an error of PDF, and nothing is drawn.
const (
	MaxBlocks = 2000
	MaxRows   = 2000 // of one table
	MaxText   = 2000 // bytes of one text
)

// Sheet is one thing to print.
type Sheet struct {
	Name   string // what it is, for the printer's list of jobs: no personal data
	Size   Size
	Again  string // the word for a copy printed once more, "다시 뽑음"; "" for the first
	Blocks []Block
}

// Block is one part of a sheet, from top to bottom. The kinds are those below.
type Block interface{ block() }

// Title is the sheet's name, large.
type Title struct{ Text string }

// Text is a paragraph. Small is for notes; Big for what is read from a step away.
type Text struct {
	Text   string
	Bold   bool
	Small  bool
	Big    bool
	Centre bool
}

// Pair is a line with a word at the left and a value at the right edge.
type Pair struct {
	Left, Right string
	Bold        bool
}

// Rule is a line across.
type Rule struct{}

// Space is an empty line.
type Space struct{}

// Column is one column of a table: its head, its share of the width, and whether it
// holds figures, which stand at the right.
type Column struct {
	Head  string
	Share float64
	Right bool
}

// Table is rows under heads; the heads stand again on each page. A row has as many
// cells as there are columns.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Tag is a number that is also written on something real: a box, a shelf.
type Tag struct{ Word, Number, Note, Name string }

// Code is a bar code: EAN-13 if Digits are 13 digits, else Code 128 (up to 40
// digits). Caption stands under it; "" prints the digits.
type Code struct{ Digits, Caption string }

// Codes are several bar codes side by side, in rows of Across (1 to 3).
type Codes struct {
	Across int
	Codes  []Code
}

// Sign is a line to sign on.
type Sign struct{ Word string }

func (Title) block() {}
func (Text) block()  {}
func (Pair) block()  {}
func (Rule) block()  {}
func (Space) block() {}
func (Table) block() {}
func (Tag) block()   {}
func (Code) block()  {}
func (Codes) block() {}
func (Sign) block()  {}
