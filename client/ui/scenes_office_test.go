package ui

import (
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// withTab adds the tab that stands there only while it is shown.
func withTab(s counter.Screen, id counter.TabID, word, key string) counter.Screen {
	s.Tabs = append(tabs("", tabsKo, 4, 6, 1, 1), counter.Tab{ID: id, Word: word, Key: key, On: true})
	s.Panel, s.Sound = counter.Panel{}, counter.Silent
	return s
}

// settingsKo asks for a printer, whose address needs a wide field.
func settingsKo() counter.Screen {
	s := withTab(returnKo(), counter.TabSettings, "설정", "Ctrl+5")
	s.Band = counter.Band{
		ID: "set slip", Tone: counter.ToneAsk, Word: "설정", Title: "확인증 프린터",
		Why:     "확인증과 보관증을 뽑습니다. 예: tcp:192.168.0.50, dev:/dev/usb/lp0, raw:이름, lp:이름. 비우면 목록 프린터로 뽑습니다.",
		Fields:  []counter.Field{{Name: "slip", Label: "확인증 프린터", Value: "tcp:192.168.0.50", Focus: true, Wide: true}},
		Answers: []counter.Answer{{Key: "Enter", Word: "저장", Main: true}, {Key: "Esc", Word: "나중에"}},
	}
	s.List = counter.List{Head: "이 PC의 설정", Sum: "줄을 골라 Enter"}
	for _, r := range [][3]string{{"확인증 프린터", "tcp:192.168.0.50"}, {"목록 프린터", "lp:HP_LaserJet_Pro"}, {"확인증 저절로 뽑기", "끔", "점주"},
		{"직렬 스캐너", "COM3", "실행 옵션"}, {"소리 크기", "60"}, {"언어", "한국어"}, {"전체 화면으로 열기", "끔"}} {
		s.List.Rows = append(s.List.Rows, counter.ListRow{ID: r[0], Title: r[0], Note: r[1], Who: r[2]})
	}
	return s
}

// closingKo lays the card terminal's sum beside the day's own.
func closingKo() counter.Screen {
	s := withTab(returnKo(), counter.TabClosing, "하루 마감", "Ctrl+9")
	s.Scan = counter.ScanField{Hint: "뽑는 중: 마감표"}
	s.Band = counter.Band{
		ID: "closing", Tone: counter.ToneOf(assets.StateLook), Word: "하루 마감", Title: "단말기에 없는 결제가 있습니다",
		Why: "단말기 매출 12,000원 (-2,000) · 단말기 취소 0원 · 승인 번호를 대어 보세요 · 보낼 것 4건은 이 PC에 안전하게 있습니다",
		Answers: []counter.Answer{
			{Key: "1", Word: "보낼 것까지 뽑고 마감", Main: true}, {Key: "2", Word: "지금 보내기"}, {Key: "3", Word: "금액 다시 넣기"},
			{Key: "4", Word: "프로그램 닫기"}, {Key: "Esc", Word: "나중에"},
		},
	}
	s.List = counter.List{Head: "오늘의 돈과 남은 일", Sum: "남은 일 5가지", At: -1, Rows: []counter.ListRow{
		{Head: "돈"}, {ID: "card", Act: "카드", Title: "판매 9건 142,000원", Note: "취소·환불 7건 98,000원", Amount: "44,000"},
		{Head: "손님께 돌려줄 돈 1"}, {ID: "owed", Act: "환불", Title: "불편한 편의점", Who: "홍*동", Amount: "14,000"},
		{Head: "책장에 도로 둘 책 1"}, {ID: "back", Number: "3", Title: "아몬드", Who: "이*수", Note: "11월 23일(월)까지"},
		{Head: "상자에 넣을 책 1"}, {ID: "loose", Act: "서점에 있음", Title: "불편한 편의점"},
	}}
	s.Panel = counter.Panel{Head: "오늘의 돈", Sub: "11월 23일(월)", Rows: [][2]string{{"카드", "판매 142,000원 (9) · 환불 98,000원 (7)"},
		{"단말기 매출 합계", "12,000원 (-2,000)"}, {"단말기 취소 합계", "0원"}}}
	return s
}
