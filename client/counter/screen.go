package counter

import (
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Screen is everything that a face shows, in words of the clerk's language.
type Screen struct {
	Header Header
	Tabs   []Tab
	Scan   ScanField
	Band   Band
	List   List
	Panel  Panel
	Foot   []KeyHint
	Sound  Sound     // to play once, when this screen appears
	Help   []KeyHint // F1: the key list shown instead of Panel; empty when closed

	Same    bool   // nothing looks different from the screen before: it need not be drawn
	Lang    string // ko or en, for the few words that are the face's own
	Leaving bool   // the band asks whether to close the program
	Quit    bool   // the face closes
}

// Header is the top line.
type Header struct {
	Store     string
	Clerk     string
	Clock     string       // "11월 23일(월) 14:05", corrected time
	Sync      assets.State // how this PC stands with the server: sent, will, look or not; "" is not known
	Waiting   int          // acts not yet acknowledged
	WaitWord  string       // "보낼 것 3"; when none waits "모두 보냄", "확인하는 중", "연결 안 됨", "문제 있음"
	Age       string       // of the oldest of them: "2분 전부터"; "" if none
	AgeShort  string       // "2분", for faces with little room
	DataAge   string       // "자료 14:04 기준"; "" before the first exchange
	DataShort string       // "자료 14:04"
	Stale     bool         // the data is a day old or older: DataAge says how old
	Offline   string       // a sentence while the server can't be reached; "" when it can
	OfflineOn string       // what follows it: "7건은 연결되면 저절로 보냅니다."
	Demo      string       // shown when a shifted clock is in force
}

// Mark is the shape before WaitWord: what is not known is never all well.
func (h Header) Mark() assets.State {
	if h.Sync == "" {
		return assets.StateLook
	}
	return h.Sync
}

// TabID names a tab.
type TabID string

// The tabs.
const (
	TabToday    TabID = "today"
	TabRequests TabID = "requests"
	TabHolds    TabID = "holds"
	TabCases    TabID = "cases"
	TabBoxes    TabID = "boxes"
	TabOwed     TabID = "owed"   // money owed to residents
	TabClaims   TabID = "claims" // money owed to the store
	TabOutbox   TabID = "outbox"
	TabSettings TabID = "settings" // of this PC
	TabClosing  TabID = "closing"  // of the day
	TabClerks   TabID = "clerks"   // who may stand here
	TabHours    TabID = "hours"    // when the store is open
)

// Tab is one tab; it only filters the list.
type Tab struct {
	ID    TabID
	Word  string
	Count int    // 0 shows none
	Key   string // "F2", "Ctrl+1"
	On    bool
}

// ScanField is the one field that scans go into.
type ScanField struct {
	Prompt string // "찍으세요", before the field where there is no bar code to draw
	Hint   string // what may be scanned now
	Last   string // what was just scanned: "방금 찍음 9791161571188"
}

// Tone is how a band speaks: the five states, or a question.
type Tone string

// ToneAsk is a question; the other tones are the states of assets.
const ToneAsk Tone = "ask"

// ToneOf is the tone of a state.
func ToneOf(s assets.State) Tone { return Tone(s) }

// Band is the one place where the counter speaks: one result or one question.
// Its zero value is an idle counter: nothing is drawn but the space.
type Band struct {
	ID      string // another one for another question: what was typed into fields stays while it is the same
	Tone    Tone
	Word    string // under the shape: 반납, 안 됨
	Title   string // "책 받음. 이제 환불"
	Amount  string // "14,000원", in accent after the title; "" if none
	Sub     string // after the title, smaller, where there is room: "루리 · 12,500원"
	Why     string // one line of reason
	Step    string // head of what to do on the card terminal: "카드 단말기에서 승인을 취소하세요"
	Big     string // the number that the step needs: an approval number
	BigNote string // under it: "승인 번호 · 11월 6일 · 카드"
	Fields  []Field
	Answers []Answer // numbered buttons; the first is primary unless the tone is decide
	Say     string   // what to tell the customer
}

// Field is an input inside the band. Digits typed while one has the focus go into
// it; a scan never does. At most one has the focus. Then no answer of the band
// is a digit.
type Field struct {
	Name   string // amount, cancel, approval, price, day, number, taker
	Label  string // "취소 번호를 넣으세요"
	Value  string // what stands in it to begin with
	Focus  bool
	Digits bool // only digits are taken
	Wide   bool // a path or an address is typed
	Secret bool // a PIN: dots are shown in place of what is typed
	Search bool // the list follows what is typed: each change is told
}

// Answer is one numbered answer to the band's question.
type Answer struct {
	Key  string // "1" … "9", "Enter", "Esc"
	Word string
	Note string // a second, smaller line; "" for most
	Main bool   // the one primary button
}

// List is the list under the band.
type List struct {
	Head  string // "오늘 한 일"
	Sum   string // "판매 9 · 반납 7 · 그 밖 5"
	Cols  Cols   // names of its columns, where they don't speak for themselves
	Rows  []ListRow
	At    int    // selected row, -1 for none
	Empty string // what to say when there is none
}

// Cols are the names of a list's columns; its zero value draws none.
type Cols struct {
	Time, Act, Title, Who, Amount, Note string
}

// ListRow is one row: an act of today, a request, a held copy, a box, an unsent op.
type ListRow struct {
	ID       string
	Key      string       // the digit that opens it, shown before it; "" for most
	Head     string       // set: a line between rows that can't be picked, "주문한 책 2권, 오면 찍으세요"
	Time     string       // "14:05" or a day
	Mark     assets.State // only look, not and decide stand before the word; "" otherwise
	Act      string       // the act as a word
	Number   string       // stands in place of Act where that is "": a number that is also written on something real
	Title    string
	Sub      string       // after the title, softer, where there is room: the author
	Who      string       // masked name
	Amount   string       // "-14,000"
	Note     string       // "보관대 5"
	Sent     assets.State // will or sent; "" where sending has no meaning
	SentWord string
	Struck   bool // taken back
}

// Panel is the detail of the selected row or the band's subject.
type Panel struct {
	Head  string // "이 책"
	Sub   string // "신청 0371"
	Label Label  // the number that is also written on something real
	Rows  [][2]string
	Lines []PanelLine // after Rows
	Shelf []ShelfRow  // in place of all of these: the hold shelf, in the order of its numbers
	Say   string      // what to tell the customer

	of    payback.Key // what it shows, to be printed
	Front bool        // stands in place of the list where there is no room beside it
}

// ShelfRow is one place of the hold shelf.
type ShelfRow struct {
	Number string
	Title  string
	Note   string       // whose it is and until when
	Mark   assets.State // look: to be put back, or the last day
	Next   bool         // where the copy that the band asks about goes
	Free   bool
}

// PanelLine is a line of a panel with a shape: what works now, what waits.
type PanelLine struct {
	Head bool         // a heading between lines
	Mark assets.State // "" draws none
	Text string
}

// Label is a number as it is written on a box, a shelf or a slip.
type Label struct {
	Word   string // "상자"
	Number string // "3"
	Note   string // "여기에 넣으세요"
	Name   string // "반포도서관"
}

// KeyHint is a key and what it does; every one is also a button.
type KeyHint struct {
	Key   string
	Word  string
	Right bool // at the right end
}

// Sound is what is heard with a screen.
type Sound string

// The sounds; they differ by count and pitch.
const (
	Silent    Sound = ""
	SoundDone Sound = "done"
	SoundLook Sound = "look"
	SoundNot  Sound = "not"
	SoundNew  Sound = "new"  // a new request
	SoundTick Sound = "tick" // the same code twice
)
