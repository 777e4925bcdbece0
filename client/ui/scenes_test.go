package ui

import (
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// The scenes that the golden pictures show.

func tabs(on counter.TabID, words [8]string, requests, holds, cases, owed int) []counter.Tab {
	tabs := []counter.Tab{
		{ID: counter.TabToday, Key: "F2"}, {ID: counter.TabRequests, Count: requests, Key: "F3"},
		{ID: counter.TabHolds, Count: holds, Key: "F4"}, {ID: counter.TabCases, Count: cases, Key: "F7"},
		{ID: counter.TabBoxes, Key: "Ctrl+1"}, {ID: counter.TabOwed, Count: owed, Key: "Ctrl+2"},
		{ID: counter.TabClaims, Key: "Ctrl+3"}, {ID: counter.TabOutbox, Key: "Ctrl+4"},
	}
	for i := range tabs {
		tabs[i].Word, tabs[i].On = words[i], tabs[i].ID == on
	}
	return tabs
}

var (
	tabsKo = [8]string{"오늘", "신청", "보관대", "결정할 일", "납품", "돌려줄 돈", "받을 돈", "보낼 것"}
	tabsEn = [8]string{"Today", "Requests", "Hold shelf", "To decide", "Boxes", "To refund", "Owed to us", "To send"}
)

func returnKo() counter.Screen {
	row := func(time, act, title, who, amount, note string, sent assets.State) counter.ListRow {
		word := "보낼 예정"
		if sent == assets.StateSent {
			word = "보냄"
		}
		return counter.ListRow{ID: time, Time: time, Act: act, Title: title, Who: who, Amount: amount, Note: note, Sent: sent, SentWord: word}
	}
	late := row("13:40", "맡아 둠", "총, 균, 쇠", "최*호", "", "늦음, 30일까지", assets.StateSent)
	late.Mark = assets.StateLook
	return counter.Screen{
		Header: counter.Header{
			Store: "반포서점", Clerk: "김직원", Clock: "11월 23일(월) 14:05", Sync: assets.StateWill, Waiting: 3, WaitWord: "보낼 것 3",
			Age: "2분 전부터", AgeShort: "2분", DataAge: "자료 14:04 기준", DataShort: "자료 14:04",
		},
		Tabs: tabs(counter.TabToday, tabsKo, 4, 6, 1, 1),
		Scan: counter.ScanField{Hint: "다음 책을 바로 찍어도 됩니다", Last: "방금 찍음 9791161571188"},
		Band: counter.Band{
			ID: "refund 0371", Tone: counter.ToneOf(assets.StateDone), Word: "반납", Title: "책 받음. 이제 환불", Amount: "14,000원",
			Why:  "불편한 편의점 · 홍*동 님 · 기한보다 4일 일찍, 이상 없음",
			Step: "카드 단말기에서 승인을 취소하세요", Big: "30418827", BigNote: "승인 번호 · 11월 6일 · 카드",
			Fields:  []counter.Field{{Name: "cancel", Label: "취소 번호를 넣으세요", Focus: true, Digits: true}},
			Answers: []counter.Answer{{Key: "Enter", Word: "환불 끝", Main: true}, {Key: "Esc", Word: "나중에"}},
		},
		List: counter.List{Head: "오늘 한 일 21건", Sum: "판매 9 · 반납 7 · 그 밖 5", At: 0, Rows: []counter.ListRow{
			row("14:05", "반납", "불편한 편의점", "홍*동", "-14,000", "환불 남음", assets.StateWill),
			row("14:04", "판매", "아몬드", "이*수", "13,000", "", assets.StateWill),
			row("14:03", "도착", "나는 메트로폴리탄 미술관의 경비원입니다", "김*희", "", "보관대 5", assets.StateWill),
			row("13:52", "신청 받음", "긴긴밤", "박*영", "", "보관대 7", assets.StateSent),
			late,
			row("13:22", "반납", "도둑맞은 집중력", "정*은", "-18,800", "", assets.StateSent),
			row("11:58", "판매", "작별하지 않는다", "한*솔", "16,800", "", assets.StateSent),
		}},
		Panel: counter.Panel{
			Head: "이 책", Sub: "신청 0371", Label: counter.Label{Word: "상자", Number: "3", Note: "여기에 넣으세요", Name: "반포도서관"},
			Rows: [][2]string{{"구매", "11월 6일(금)"}, {"반납 기한", "11월 27일(금)"}, {"상태", "이상 없음 김직원"}},
			Say:  "환불은 카드사에 따라 3~5일 뒤에 됩니다.",
		},
		Foot: []counter.KeyHint{
			{Key: "F1", Word: "도움말"}, {Key: "F5", Word: "지금 보내기"}, {Key: "F6", Word: "같은 책 한 권 더"},
			{Key: "F8", Word: "반납 되돌리기"}, {Key: "F9", Word: "인쇄"}, {Key: "Ctrl+L", Word: "직원 바꾸기", Right: true},
		},
		Sound: counter.SoundDone,
	}
}

func returnEn() counter.Screen {
	s := returnKo()
	s.Header = counter.Header{
		Store: "Banpo Books", Clerk: "Clerk Kim", Clock: "Mon 23 Nov 14:05", Sync: assets.StateWill, Waiting: 3, WaitWord: "To send 3",
		Age: "for 2 minutes", AgeShort: "2 min", DataAge: "Data of 14:04", DataShort: "14:04",
	}
	s.Tabs = tabs(counter.TabToday, tabsEn, 4, 6, 1, 1)
	s.Scan = counter.ScanField{Hint: "Scan the next book when you like", Last: "Just scanned 9791161571188"}
	s.Band.Word, s.Band.Title, s.Band.Amount = "Return", "Book taken. Now refund", "14,000 won"
	s.Band.Why = "The Uncanny Convenience Store · 홍*동 · 4 days before it was due, in order"
	s.Band.Step, s.Band.BigNote = "Cancel the approval on the card terminal", "Approval number · 6 Nov · card"
	s.Band.Fields[0].Label = "Type the cancel number"
	s.Band.Answers[0].Word, s.Band.Answers[1].Word = "Refund done", "Later"
	s.List.Head, s.List.Sum = "Done today: 21", "Sales 9 · Returns 7 · Other 5"
	acts := []string{"Return", "Sale", "Arrived", "Accepted", "Kept here", "Return", "Sale"}
	notes := []string{"refund open", "", "Shelf 5", "Shelf 7", "late, until 30 Nov", "", ""}
	for i := range s.List.Rows {
		row := &s.List.Rows[i]
		row.Act, row.Note = acts[i], notes[i]
		row.SentWord = map[assets.State]string{assets.StateWill: "Will be sent", assets.StateSent: "Sent"}[row.Sent]
	}
	s.Panel = counter.Panel{
		Head: "This book", Sub: "Request 0371", Label: counter.Label{Word: "Box", Number: "3", Note: "Put it in here", Name: "Banpo Library"},
		Rows: [][2]string{{"Bought", "Fri 6 Nov"}, {"Due", "Fri 27 Nov"}, {"Condition", "In order, Clerk Kim"}},
		Say:  "The card company pays it back in three to five days.",
	}
	words := []string{"Help", "Send now", "One more", "Undo return", "Print", "Change clerk"}
	for i := range s.Foot {
		s.Foot[i].Word = words[i]
	}
	return s
}

func requestsKo() counter.Screen {
	s := returnKo()
	s.Header.Clock, s.Header.Waiting, s.Header.WaitWord, s.Header.Age, s.Header.Sync = "11월 23일(월) 10:08", 0, "모두 보냄", "", assets.StateSent
	s.Header.DataAge = "자료 10:08 기준"
	s.Tabs = tabs(counter.TabRequests, tabsKo, 6, 6, 1, 1)
	s.Scan = counter.ScanField{Hint: "책장에서 찾은 책을 찍으면 신청을 받습니다"}
	s.Band = counter.Band{
		ID: "answer 0415", Tone: counter.ToneAsk, Word: "신청 0415", Title: "긴긴밤",
		Why: "박*영 님이 어제 21:40에 신청 · 한국동화 다-3 책장에 1권 (자료 어제 18:00)",
		Answers: []counter.Answer{
			{Key: "1", Word: "받기 보관대 7", Main: true}, {Key: "2", Word: "주문하기"}, {Key: "3", Word: "어려움"}, {Key: "4", Word: "전화 부탁 문자"},
		},
	}
	row := func(id, when, title, who, note string) counter.ListRow {
		return counter.ListRow{ID: id, Time: when, Number: id, Title: title, Who: who, Note: note}
	}
	due := row("0402", "오늘 옴", "스토너", "강*민", "")
	due.Mark = assets.StateLook
	s.List = counter.List{Head: "대답할 신청", Sum: "6건, 책장 순서", At: 2, Rows: []counter.ListRow{
		row("0417", "오늘 07:15", "혼모노", "오*진", "재고 1권"), row("0413", "어제 20:02", "급류", "서*아", "재고 2권"),
		row("0415", "어제 21:40", "긴긴밤", "박*영", "재고 1권"), row("0414", "어제 20:31", "도둑맞은 집중력", "윤*호", "재고 1권"),
		row("0416", "어제 23:18", "코스모스", "조*리", "재고 없음"), row("0418", "오늘 08:44", "트렌드 코리아 2027", "민*정", "재고 6권"),
		{Head: "주문한 책 2권, 오면 찍으세요"},
		row("0409", "26일(목) 옴", "나의 돈키호테", "이*화", ""), due,
	}}
	for i, author := range []string{"성해나", "정대건", "루리", "클레이하우스", "칼 세이건", "김난도 외"} {
		s.List.Rows[i].Sub = author
	}
	s.List.Cols = counter.Cols{Time: "들어온 때", Act: "신청", Title: "도서", Who: "주민", Note: "재고"}
	s.Band.Sub = "루리 · 12,500원"
	s.Panel = counter.Panel{Head: "보관대", Sub: "6권", Shelf: []counter.ShelfRow{
		{Number: "1", Title: "모순", Note: "한*서 · 오늘 밤 치움", Mark: assets.StateLook}, {Number: "2", Title: "소년이 온다", Note: "장*우 · 26일까지"},
		{Number: "3", Title: "아몬드", Note: "신*철 · 27일까지"}, {Number: "4", Title: "물고기는 존재하지 않는다", Note: "류*경 · 28일까지"},
		{Number: "5", Title: "어서 오세요, 휴남동 서점입니다", Note: "이*희 · 30일까지"}, {Number: "6", Title: "시대예보: 호명사회", Note: "권*일 · 30일까지"},
		{Number: "7", Title: "긴긴밤 자리", Next: true}, {Number: "8", Title: "비었음", Free: true},
	}}
	s.Foot = []counter.KeyHint{
		{Key: "F1", Word: "도움말"}, {Key: "↑↓", Word: "다른 신청"}, {Key: "F5", Word: "지금 보내기"}, {Key: "F8", Word: "되돌리기"},
		{Key: "Ctrl+F", Word: "찾기", Right: true}, {Key: "Ctrl+L", Word: "직원 바꾸기", Right: true},
	}
	s.Sound = counter.Silent
	return s
}

func requestsEn() counter.Screen {
	s := requestsKo()
	en := returnEn()
	s.Header = en.Header
	s.Header.Waiting, s.Header.WaitWord, s.Header.Age, s.Header.Sync = 0, "All sent", "", assets.StateSent
	s.Tabs = tabs(counter.TabRequests, tabsEn, 6, 6, 1, 1)
	s.Scan.Hint = "Scan a copy from the shelf to accept its request"
	s.Band.Word, s.Band.Why = "Request 0415", "Asked by 박*영 yesterday 21:40 · 1 copy on shelf Children 3 (data of yesterday 18:00)"
	for i, word := range []string{"Accept, shelf 7", "Order it", "Decline", "Ask them to call"} {
		s.Band.Answers[i].Word = word
	}
	s.List.Head, s.List.Sum = "Requests to answer", "6, in shelf order"
	s.List.Rows[6].Head = "Ordered: 2, scan them when they come"
	s.Band.Sub = "루리 · 12,500 won"
	s.List.Cols = counter.Cols{Time: "Placed", Act: "Request", Title: "Title", Who: "Resident", Note: "In stock"}
	s.Panel.Head, s.Panel.Sub = "Hold shelf", "6 copies"
	for i, note := range []string{"한*서 · clear tonight", "장*우 · until 26 Nov", "신*철 · until 27 Nov", "류*경 · until 28 Nov", "이*희 · until 30 Nov", "권*일 · until 30 Nov"} {
		s.Panel.Shelf[i].Note = note
	}
	s.Panel.Shelf[6].Title, s.Panel.Shelf[7].Title = "Place for 긴긴밤", "Free"
	for i, word := range []string{"Help", "Other request", "Send now", "Undo", "Find", "Change clerk"} {
		s.Foot[i].Word = word
	}
	return s
}

// pinKo is a change of clerk: what is typed is not shown.
func pinKo() counter.Screen {
	s := emptyKo()
	s.Band = counter.Band{ID: "pin", Tone: counter.ToneAsk, Word: "직원", Title: "점주 비밀번호를 넣으세요",
		Fields:  []counter.Field{{Name: "pin", Label: "비밀번호", Focus: true, Digits: true, Secret: true}},
		Answers: []counter.Answer{{Key: "Enter", Word: "바꾸기", Main: true}, {Key: "Esc", Word: "나중에"}}}
	return s
}

func offlineKo() counter.Screen {
	s := returnKo()
	s.Header.Clock, s.Header.Waiting, s.Header.WaitWord, s.Header.Sync = "11월 23일(월) 16:25", 7, "보낼 것 7", assets.StateLook
	s.Header.Age, s.Header.AgeShort, s.Header.DataAge, s.Header.DataShort = "2시간 13분 전부터", "2시간", "자료 14:11 기준", "자료 14:11"
	s.Header.Offline, s.Header.OfflineOn = "인터넷이 끊겼습니다. 계속 쓰셔도 됩니다.", "7건은 연결되면 저절로 보냅니다."
	s.Tabs = tabs(counter.TabCases, tabsKo, 2, 5, 1, 1)
	s.Scan = counter.ScanField{Hint: "바코드를 찍으세요", Last: "방금 찍음 아몬드 · 16:21 판매"}
	s.Band = counter.Band{
		ID: "which loan", Tone: counter.ToneOf(assets.StateDecide), Word: "결정할 일", Title: "모순, 어느 분 책인가요?",
		Why: "15:48에 찍은 책입니다. 우리 서점에서 두 분이 같은 책을 사 가셨습니다.",
		Answers: []counter.Answer{
			{Key: "1", Word: "김*희 · 0388", Note: "기한 11월 26일(목)"}, {Key: "2", Word: "정*우 · 0394", Note: "기한 12월 3일(목)"},
			{Key: "3", Word: "수령 번호로 찾기", Note: "문자의 네 자리 숫자"}, {Key: "4", Word: "나중에", Note: "책만 따로 둠"},
		},
	}
	row := func(time, act, title, note, age string) counter.ListRow {
		return counter.ListRow{ID: time, Time: time, Mark: assets.StateWill, Act: act, Title: title, Note: note, Amount: age}
	}
	s.List = counter.List{Head: "보낼 것 7건, 이 컴퓨터에 안전하게 적혔습니다", Sum: "기다린 시간", At: -1, Rows: []counter.ListRow{
		row("14:12", "반납", "스토너 윤*호", "책 받음, 환불 13,000원 끝", "2시간 13분"),
		row("14:30", "판매", "혼모노 오*진", "18,000원 카드, 반납 기한 12월 14일", "1시간 55분"),
		row("14:58", "신청 받음", "급류 서*아", "보관대 8. 손님 문자는 연결되면 감", "1시간 27분"),
		row("15:20", "반납", "하얼빈 임*수", "책 받음, 환불 16,000원 아직 안 함", "1시간 5분"),
		row("15:36", "어려움", "구의 증명 문*아", "책장에 없음. 재고를 0으로 고침", "49분"),
		row("16:05", "상자 닫음", "반포도서관 3", "책 11권, 오늘 넘길 수 있음", "20분"),
		row("16:21", "판매", "아몬드 신*철", "13,000원 카드, 반납 기한 12월 14일", "4분"),
	}}
	s.Panel = counter.Panel{Lines: []counter.PanelLine{
		{Mark: assets.StateDone, Text: "판매와 반납"}, {Mark: assets.StateDone, Text: "여기서 판 책의 환불"}, {Mark: assets.StateDone, Text: "와 있는 신청 받기"},
		{Head: true, Text: "연결되면 되는 것"},
		{Mark: assets.StateWill, Text: "새 신청 보기"}, {Mark: assets.StateWill, Text: "손님께 문자 보내기"}, {Mark: assets.StateWill, Text: "다른 서점에서 판 책"},
	}, Head: "지금 되는 것"}
	s.Foot = []counter.KeyHint{
		{Key: "F1", Word: "도움말"}, {Key: "F8", Word: "되돌리기"}, {Key: "F9", Word: "인쇄"}, {Key: "F12", Word: "보낼 것을 파일로"},
		{Key: "Ctrl+L", Word: "직원 바꾸기", Right: true},
	}
	s.Sound = counter.Silent
	return s
}

func offlineEn() counter.Screen {
	s := offlineKo()
	en := returnEn()
	s.Header = en.Header
	s.Header.Waiting, s.Header.WaitWord, s.Header.Age, s.Header.Sync = 7, "To send 7", "for 2 h 13 min", assets.StateLook
	s.Header.Offline, s.Header.OfflineOn = "The internet is down. You can go on working.", "7 acts will be sent by themselves."
	s.Tabs = tabs(counter.TabCases, tabsEn, 2, 5, 1, 1)
	s.Scan = counter.ScanField{Hint: "Scan a bar code", Last: "Just scanned Almond · sale 16:21"}
	s.Band.Word, s.Band.Title, s.Band.Why = "To decide", "Contradiction: whose book is it?", "Scanned at 15:48. Two people bought this title here."
	s.Band.Answers = []counter.Answer{
		{Key: "1", Word: "김*희 · 0388", Note: "due Thu 26 Nov"}, {Key: "2", Word: "정*우 · 0394", Note: "due Thu 3 Dec"},
		{Key: "3", Word: "Find by number", Note: "four digits in the message"}, {Key: "4", Word: "Later", Note: "put the book aside"},
	}
	s.List.Head, s.List.Sum = "To send: 7, written safely on this PC", "Waiting for"
	for i, text := range [][3]string{
		{"Return", "Book taken, 13,000 won refunded", "2 h 13 min"}, {"Sale", "18,000 won by card, due 14 Dec", "1 h 55 min"},
		{"Accepted", "Shelf 8, message goes when connected", "1 h 27 min"}, {"Return", "Book taken, 16,000 won still to refund", "1 h 5 min"},
		{"Declined", "Not on the shelf, stock set to 0", "49 min"}, {"Box closed", "11 copies, can go today", "20 min"}, {"Sale", "13,000 won by card, due 14 Dec", "4 min"},
	} {
		s.List.Rows[i].Act, s.List.Rows[i].Note, s.List.Rows[i].Amount = text[0], text[1], text[2]
	}
	s.Panel.Head = "What works now"
	for i, text := range []string{"Sales and returns", "Refunds of books sold here", "Accepting requests that are here", "When connected", "New requests", "Messages to residents", "Books sold elsewhere"} {
		s.Panel.Lines[i].Text = text
	}
	for i, word := range []string{"Help", "Undo", "Print", "Save to a file", "Change clerk"} {
		s.Foot[i].Word = word
	}
	return s
}

// notKo says no: the only band that is filled edge to edge.
func notKo() counter.Screen {
	s := returnKo()
	s.Scan = counter.ScanField{Hint: "바코드를 찍으세요", Last: "방금 찍음 9788936434120"}
	s.Band = counter.Band{
		ID: "not ours", Tone: counter.ToneOf(assets.StateNot), Word: "안 됨", Title: "안 됨. 우리 책이 아님",
		Why: "다른 서점에서 산 책입니다. 그 서점에서 반납하도록 안내해 주세요.",
		Say: "이 책은 사신 서점에 반납하셔야 환불이 됩니다.",
		Answers: []counter.Answer{
			{Key: "1", Word: "받은 것으로 적기"}, {Key: "Esc", Word: "닫기", Main: true},
		},
	}
	s.Panel = counter.Panel{}
	return s
}

// emptyKo is the counter in the morning.
func emptyKo() counter.Screen {
	s := returnKo()
	s.Header.Waiting, s.Header.WaitWord, s.Header.Age, s.Header.Demo, s.Header.Sync = 0, "모두 보냄", "", "시험용 시계", assets.StateSent
	s.Scan = counter.ScanField{Hint: "바코드를 찍으세요"}
	s.Band, s.Panel = counter.Band{}, counter.Panel{}
	s.List = counter.List{Head: "오늘 한 일", At: -1, Empty: "아직 한 일이 없습니다. 책을 찍으면 시작합니다."}
	return s
}

// helpKo has the key list open and more rows than fit.
func helpKo() counter.Screen {
	s := returnKo()
	for _, row := range s.List.Rows {
		row.ID += "/2"
		row.Struck = row.Act == "판매"
		s.List.Rows = append(s.List.Rows, row)
	}
	s.List.At = 9
	for i, key := range []string{"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F11", "F12", "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4", "Ctrl+F", "Ctrl+L", "Esc"} {
		words := []string{"도움말", "오늘", "신청", "보관대", "지금 보내기", "같은 책 한 권 더", "결정할 일", "되돌리기", "인쇄", "전체 화면",
			"보낼 것을 파일로", "납품", "돌려줄 돈", "받을 돈", "보낼 것", "찾기", "직원 바꾸기", "지우기, 닫기"}
		s.Help = append(s.Help, counter.KeyHint{Key: key, Word: words[i]})
	}
	return s
}
