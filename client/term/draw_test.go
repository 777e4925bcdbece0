package term

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/hangul"
)

var update = flag.Bool("update", false, "write the golden screens anew")

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

func plainOf(f frame) string { return escapes.ReplaceAllString(strings.Join(f.lines, "\n"), "") }

func koWords() Words { return WordsOf(assets.NewSpeaker("ko")) }

// afterReturn is the picture that the terminal is drawn after: a copy was just
// taken back, the money is still due.
func afterReturn() counter.Screen {
	will, sent := assets.StateWill, assets.StateSent
	row := func(time, act, title, who, amount, note string, s assets.State) counter.ListRow {
		word := "보냄"
		if s == will {
			word = "보낼 예정"
		}
		return counter.ListRow{ID: time, Time: time, Act: act, Title: title, Who: who, Amount: amount, Note: note, Sent: s, SentWord: word}
	}
	rows := []counter.ListRow{
		row("14:05", "반납", "불편한 편의점", "홍*동", "-14,000", "환불 남음", will),
		row("14:04", "판매", "아몬드", "이*수", "13,000", "", will),
		row("14:03", "도착", "나는 메트로폴리탄 미술관의 경비원입니다", "김*희", "", "보관대 5", will),
		row("13:52", "신청 받음", "긴긴밤", "박*영", "", "보관대 7", sent),
		row("13:40", "맡아 둠", "총, 균, 쇠", "최*호", "", "늦음, 30일", sent),
		row("13:22", "반납", "도둑맞은 집중력", "정*은", "-18,800", "", sent),
		row("11:58", "판매", "작별하지 않는다", "한*솔", "16,800", "", sent),
		row("11:40", "판매", "급류", "서*아", "14,000", "", sent),
		row("11:31", "반납", "밝은 밤", "임*아", "-14,500", "", sent),
		row("10:52", "안 됨", "우리 책이 아님", "", "", "돌려드림", sent),
		row("10:40", "판매", "모순", "윤*호", "13,000", "", sent),
	}
	rows[4].Mark, rows[9].Mark, rows[10].Struck = assets.StateLook, assets.StateNot, true
	return counter.Screen{
		Header: counter.Header{Store: "반포서점", Clerk: "김직원", Clock: "11월 23일(월) 14:05", Sync: assets.StateWill, Waiting: 3, WaitWord: "보낼 것 3",
			Age: "2분 전부터", AgeShort: "2분", DataAge: "자료 14:04 기준", DataShort: "자료 14:04"},
		Tabs: []counter.Tab{{ID: counter.TabToday, Word: "오늘", Key: "F2", On: true}, {ID: counter.TabRequests, Word: "신청", Count: 4, Key: "F3"},
			{ID: counter.TabHolds, Word: "보관대", Count: 6, Key: "F4"}, {ID: counter.TabCases, Word: "결정할 일", Count: 1, Key: "F7"},
			{ID: counter.TabBoxes, Word: "납품", Key: "Ctrl+1"}, {ID: counter.TabOwed, Word: "돌려줄 돈", Count: 1, Key: "Ctrl+2"},
			{ID: counter.TabClaims, Word: "받을 돈", Key: "Ctrl+3"}, {ID: counter.TabOutbox, Word: "보낼 것", Count: 3, Key: "Ctrl+4"}},
		Scan: counter.ScanField{Prompt: "찍으세요", Hint: "다음 책을 바로 찍어도 됩니다", Last: "방금 찍음 9791161571188"},
		Band: counter.Band{ID: "refund", Tone: counter.ToneOf(assets.StateDone), Word: "반납", Title: "책 받음. 이제 환불", Amount: "14,000원",
			Why: "불편한 편의점 · 홍*동 님 · 기한보다 4일 일찍, 이상 없음", Step: "카드 단말기에서 승인을 취소하세요", Big: "30418827", BigNote: "11월 6일 승인",
			Fields:  []counter.Field{{Name: "cancel", Label: "취소 번호를 넣으세요", Focus: true, Digits: true}},
			Answers: []counter.Answer{{Key: "Enter", Word: "환불 끝", Main: true}, {Key: "Esc", Word: "나중에"}}},
		List: counter.List{Head: "오늘 한 일", Sum: "판매 9 · 반납 7 · 그 밖 5", Rows: rows},
		Panel: counter.Panel{Head: "이 책", Sub: "신청 0371", Label: counter.Label{Word: "상자", Number: "3", Note: "에 넣으세요", Name: "반포도서관"},
			Rows: [][2]string{{"구매", "11월 6일(금)"}, {"반납 기한", "11월 27일(금)"}, {"상태", "이상 없음"}}, Say: "3~5일 뒤 환불됩니다"},
		Foot: []counter.KeyHint{{Key: "F1", Word: "도움말"}, {Key: "F5", Word: "보내기"}, {Key: "F6", Word: "한 권 더"}, {Key: "F8", Word: "되돌리기"},
			{Key: "F9", Word: "인쇄"}, {Key: "Ctrl+L", Word: "직원 바꾸기"}},
	}
}

// offlineQuestion is the router unplugged, with a question that has four answers.
func offlineQuestion() counter.Screen {
	s := afterReturn()
	s.Header.Offline, s.Header.OfflineOn = "인터넷이 끊겼습니다. 계속 쓰셔도 됩니다.", "7건은 연결되면 저절로 보냅니다."
	s.Header.Demo = "연습 시계"
	s.Tabs[0].On, s.Tabs[3].On = false, true
	s.Scan = counter.ScanField{Prompt: "찍으세요", Hint: "바코드를 찍으세요", Last: "방금 찍음 아몬드"}
	s.Band = counter.Band{ID: "which", Tone: counter.ToneOf(assets.StateDecide), Word: "결정할 일", Title: "모순, 어느 분 책인가요?",
		Why: "15:48에 찍은 책입니다. 우리 서점에서 두 분이 같은 책을 사 가셨습니다.",
		Answers: []counter.Answer{{Key: "1", Word: "김*희 · 0388", Note: "기한 11월 26일(목)"}, {Key: "2", Word: "정*우 · 0394", Note: "기한 12월 3일(목)"},
			{Key: "3", Word: "수령 번호로 찾기", Note: "문자의 네 자리 숫자"}, {Key: "4", Word: "나중에", Note: "책만 따로 둠"}}}
	s.Panel = counter.Panel{Head: "지금 되는 것", Lines: []counter.PanelLine{{Mark: assets.StateDone, Text: "판매와 반납"},
		{Head: true, Text: "연결되면 되는 것"}, {Mark: assets.StateWill, Text: "새 신청 보기"}}}
	s.List.At = -1
	return s
}

// requests is the shelf list with the hold number offered.
func requests() counter.Screen {
	s := afterReturn()
	s.Band = counter.Band{ID: "r", Tone: counter.ToneAsk, Word: "신청", Title: "긴긴밤", Why: "박*영 님이 어제 21:40에 신청 · 재고 1권(자료 어제 18:00)",
		Answers: []counter.Answer{{Key: "1", Word: "받기  보관대 7", Main: true}, {Key: "2", Word: "주문하기"}, {Key: "3", Word: "어려움"}, {Key: "Esc", Word: "나중에"}}}
	s.Panel = counter.Panel{}
	s.List = counter.List{Head: "대답할 신청", Sum: "2건, 책장 순서", At: 1, Rows: []counter.ListRow{
		{ID: "a", Time: "오늘 07:15", Number: "0417", Title: "혼모노", Who: "오*진", Note: "재고 1권"},
		{ID: "b", Time: "어제 21:40", Number: "0415", Title: "긴긴밤", Who: "박*영", Note: "재고 1권"},
		{Head: "주문한 책 1권, 오면 찍으세요"},
		{ID: "c", Time: "26일(목) 옴", Number: "0409", Title: "나의 돈키호테", Who: "이*화"}}}
	return s
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s differs from what is drawn now (go test -update writes it anew):\n%s", name, got)
	}
}

func TestScreensAreDrawnAsTheGoldenOnes(t *testing.T) {
	typing := typed{fields: []hangul.Line{hangul.NewLine("3052")}, focus: 0}
	none := typed{focus: -1}
	cases := []struct {
		name         string
		s            counter.Screen
		t            typed
		p            *palette
		w, h         int
		keepsEscapes bool
	}{
		{"return-colour.ansi", afterReturn(), typing, newPalette(Full, true, false), 80, 24, true},
		{"return-mono.ansi", afterReturn(), typing, newPalette(Mono, true, false), 80, 24, true},
		{"return.txt", afterReturn(), typing, newPalette(Mono, true, false), 80, 24, false},
		{"return-ascii.txt", afterReturn(), typing, newPalette(Mono, true, true), 80, 24, false},
		{"return-wide.txt", afterReturn(), typing, newPalette(Mono, true, false), 120, 30, false},
		{"offline.txt", offlineQuestion(), none, newPalette(Mono, true, false), 80, 24, false},
		{"offline-wide.txt", offlineQuestion(), none, newPalette(Mono, true, false), 120, 30, false},
		{"requests.txt", requests(), none, newPalette(Mono, true, false), 80, 24, false},
		{"small.txt", afterReturn(), typing, newPalette(Mono, true, false), 79, 24, false},
	}
	for _, c := range cases {
		f := draw(c.p, c.s, c.t, koWords(), c.w, c.h)
		if c.keepsEscapes {
			golden(t, c.name, strings.Join(f.lines, "\n"))
		} else {
			golden(t, c.name, plainOf(f))
		}
	}
}

func TestEveryLineFitsTheTerminalAndAllAreUsed(t *testing.T) {
	long := strings.Repeat("아주 긴 제목 ", 40)
	s := afterReturn()
	s.Header.Store, s.Header.Clerk, s.Band.Title, s.Band.Why, s.Band.Say = long, long, long, long, long
	for i := range s.List.Rows {
		r := &s.List.Rows[i]
		r.Title, r.Who, r.Note, r.Act = long, long, long, long
	}
	for _, size := range [][2]int{{80, 24}, {81, 25}, {111, 24}, {112, 40}, {200, 60}} {
		for name, screen := range map[string]counter.Screen{"return": afterReturn(), "offline": offlineQuestion(), "requests": requests(), "long": s} {
			f := draw(newPalette(Full, true, false), screen, typed{fields: []hangul.Line{hangul.NewLine(long + long)}, focus: 0}, koWords(), size[0], size[1])
			if len(f.lines) != size[1] {
				t.Errorf("%s at %v: %d lines", name, size, len(f.lines))
			}
			for i, l := range f.lines {
				if w := lipgloss.Width(l); w > size[0] {
					t.Errorf("%s at %v: line %d has %d cells", name, size, i, w)
				}
			}
			if f.x >= size[0] || f.y >= size[1] {
				t.Errorf("%s at %v: the cursor is at %d,%d", name, size, f.x, f.y)
			}
		}
	}
}

func TestNothingDependsOnColour(t *testing.T) {
	for name, s := range map[string]counter.Screen{"return": afterReturn(), "offline": offlineQuestion(), "requests": requests()} {
		in := typed{focus: -1}
		mono := plainOf(draw(newPalette(Mono, true, false), s, in, koWords(), 80, 24))
		for _, p := range []*palette{newPalette(Full, true, false), newPalette(Full, false, false), newPalette(Sixteen, true, false)} {
			if got := plainOf(draw(p, s, in, koWords(), 80, 24)); got != mono {
				t.Errorf("%s says something else in colour:\n%s\n%s", name, got, mono)
			}
		}
	}
}

func TestTheCursorStandsWhereTypingGoes(t *testing.T) {
	p := newPalette(Mono, true, false)
	f := draw(p, afterReturn(), typed{fields: []hangul.Line{hangul.NewLine("3052")}, focus: 0}, koWords(), 80, 24)
	line := []rune(escapes.ReplaceAllString(f.lines[f.y], ""))
	if at := strings.Index(string(line), "3052"); at < 0 || f.x != lipgloss.Width(string(line)[:at+4]) {
		t.Errorf("cursor at %d,%d of %q", f.x, f.y, string(line))
	}
	f = draw(p, requests(), typed{scan: "978", focus: -1}, koWords(), 80, 24)
	if f.y != 2 || f.x != lipgloss.Width(" 찍으세요 > 978") {
		t.Errorf("cursor at %d,%d", f.x, f.y)
	}
}

func TestNoControlCharacterOfAWordReachesTheTerminal(t *testing.T) {
	s := requests()
	s.List.Rows[0].Title = "a\x1b[2Jb\x07\r\nc"
	got := strings.Join(draw(newPalette(Mono, true, false), s, typed{focus: -1}, koWords(), 80, 24).lines, "\n")
	if strings.Contains(got, "\x1b[2J") || strings.ContainsAny(got, "\x07\r") {
		t.Errorf("control characters were drawn: %q", got)
	}
}

func TestTheAsciiSetHasNoCharacterOfAmbiguousWidth(t *testing.T) {
	got := plainOf(draw(newPalette(Mono, true, true), offlineQuestion(), typed{focus: -1}, koWords(), 80, 24))
	if i := strings.IndexAny(got, "·▲■◆─…“”▌│✔◔"); i >= 0 {
		t.Errorf("drawn: %q", got[i:i+6])
	}
}
