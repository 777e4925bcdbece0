package payback

import "strings"

// The waiting line, PCs, people, titles.
func restExamples() []example {
	key, device := strings.Repeat("k", 43), who{role: RoleDevice}
	wait := func(v ReservationID, p ResidentID) *Reserve {
		return &Reserve{Reservation: v, Resident: p, ISBN: isbnA, Stores: []StoreID{"s1"}}
	}
	offered := &Place{Request: "r2", Resident: "p2", ISBN: isbnA, Store: "s1", Reservation: "v2"}
	return []example{
		{entry: "wait_first", begin: "cap1 placed", a: does{resident, wait("v2", "p2")}, b: does{resident, &EndWait{Reservation: "v2"}},
			want: [2]string{"applied | applied | place v2 ended",
				"applied | rejected moot | slots 1, in line 1; place v2 waiting; resident p2 open 1"}},
		{entry: "line", begin: "cap1 placed", a: does{resident, wait("v2", "p2")}, b: does{resident, wait("v3", "p3")},
			want: [2]string{"applied | applied | slots 1, in line 2; place v2 waiting; place v3 waiting; resident p2 open 1; resident p3 open 1"}},
		{entry: "derived_twice", begin: "cap1 placed waiting cap2",
			a: does{theServer, &Promote{Reservation: "v2", After: "x"}}, b: does{theServer, &Promote{Reservation: "v2", After: "y"}},
			want: [2]string{"applied | rejected moot | money held 28000, due 0, paid 0, settled 0; slots 2, in line 0; place v2 offered",
				"rejected moot | applied | money held 28000, due 0, paid 0, settled 0; slots 2, in line 0; place v2 offered"}},
		{entry: "offer_first", begin: "cap1 placed waiting cap2",
			a: does{theServer, &Promote{Reservation: "v2", After: "x"}}, b: does{resident, offered},
			want: [2]string{"applied | applied | money held 28000, due 0, paid 0, settled 0; slots 2, in line 0; request r2 placed at s1 slot 2 price 14000; place v2 taken",
				"applied | rejected offer_gone | money held 28000, due 0, paid 0, settled 0; slots 2, in line 0; place v2 offered"}},
		{entry: "wait_twice", begin: "cap1 placed waiting", a: does{resident, &EndWait{Reservation: "v2"}}, b: does{librarian, &EndWait{Reservation: "v2"}},
			want: [2]string{"applied | duplicate | slots 1, in line 0; place v2 ended; resident p2 open 0",
				"duplicate | applied | slots 1, in line 0; place v2 ended; resident p2 open 0"}},
		{entry: "wait_end", begin: "cap1 placed waiting freed", a: does{resident, &EndWait{Reservation: "v2"}}, b: does{resident, offered},
			want: [2]string{"applied | rejected offer_gone | money held 0, due 0, paid 0, settled 0; slots 0, in line 0; place v2 ended; resident p2 open 0",
				"rejected moot | applied | slots 1, in line 0; request r2 placed at s1 slot 1 price 14000; place v2 taken"}},
		{entry: "shelve_wait", begin: "cap1 placed sold back packed handed taken",
			a: does{librarian, &Shelve{Copy: "c1", Accession: "EM1"}}, b: does{resident, wait("v2", "p2")},
			want: [2]string{"applied | applied | copy c1 shelved in t1; slots 1, in line 1; place v2 waiting; resident p2 open 1"}},

		{entry: "code_code",
			a: does{officer, &MakeEnrolCode{Hash: "h", Store: "s1", Expires: noon + day}},
			b: does{officer2, &MakeEnrolCode{Hash: "h", Store: "s1", Expires: noon + day}},
			want: [2]string{"applied | duplicate | code h for s1",
				"duplicate | applied | code h for s1"}},
		{entry: "code_first",
			a: does{officer, &MakeEnrolCode{Hash: "h", Store: "s1", Expires: noon + day}}, b: does{device, &Enrol{Device: "d9", Hash: "h", PublicKey: key}},
			want: [2]string{"applied | applied | pc d9 enrolled; code h for s1 used by d9",
				"applied | rejected code_unknown | code h for s1"}},
		{entry: "enrol_enrol", begin: "code",
			a: does{device, &Enrol{Device: "d8", Hash: "h", PublicKey: key}}, b: does{device, &Enrol{Device: "d9", Hash: "h", PublicKey: key}},
			want: [2]string{"applied | rejected code_used | pc d8 enrolled; code h for s1 used by d8",
				"rejected code_used | applied | pc d9 enrolled; code h for s1 used by d9"}},
		{entry: "enrol_first", begin: "code",
			a: does{device, &Enrol{Device: "d9", Hash: "h", PublicKey: key}}, b: does{officer, &Revoke{Device: "d9"}},
			want: [2]string{"applied | applied | pc d9 revoked; code h for s1 used by d9",
				"applied | rejected device_unknown | pc d9 enrolled; code h for s1 used by d9"}},
		{entry: "lineage_twice",
			a: does{theServer, &Lineage{Device: "d1", What: BreakCloned, Before: "run", Wseq: 3, Run: "x"}},
			b: does{theServer, &Lineage{Device: "d1", What: BreakCloned, Before: "run", Wseq: 3, Run: "y"}},
			want: [2]string{"case lineage_cloned | duplicate | case lineage open; pc d1 enrolled frozen",
				"duplicate | case lineage_cloned | case lineage open; pc d1 enrolled frozen"}},
		{entry: "lineage_right", begin: "placed sold back given",
			a: does{theServer, &Lineage{Device: "d2", What: BreakCloned, Before: "run", Wseq: 3, Run: "x"}},
			b: does{theServer, &GrantRight{Loan: "c1", Device: "d2", From: RightServer, After: "x"}},
			want: [2]string{"case lineage_cloned | rejected moot | case lineage open; pc d2 enrolled frozen",
				"case lineage_cloned | applied | case lineage open; pc d2 enrolled frozen; loan c1 returned at s1 of r1 right device/d2"}},
		{entry: "edit_edit",
			a: does{pc1.as(RoleOwner), &SetClerk{Clerk: "k2", ID: "a"}}, b: does{pc2.as(RoleOwner), &SetClerk{Clerk: "k2", Gone: true, ID: "b"}},
			want: [2]string{"applied | applied | clerk k2 gone",
				"applied | applied | clerk k2"}},

		{entry: "block_ask", a: does{officer, &Block{Resident: "p1", On: true, Note: "x", ID: "b1"}}, b: does{resident, place("r1", "p1", isbnA)},
			want: [2]string{"applied | rejected resident_blocked | resident p1 open 0 blocked",
				"applied | applied | money held 14000, due 0, paid 0, settled 0; slots 1, in line 0; request r1 placed at s1 slot 1 price 14000; resident p1 open 1 blocked"}},
		{entry: "edit_edit",
			a: does{officer, &Block{Resident: "p1", On: true, Note: "x", ID: "b1"}}, b: does{officer2, &Block{Resident: "p1", Note: "x", ID: "b2"}},
			want: [2]string{"applied | applied | ",
				"applied | applied | resident p1 open 0 blocked"}},
		{entry: "erase_erase", a: does{officer, &Erase{Resident: "p1"}}, b: does{officer2, &Erase{Resident: "p1"}},
			want: [2]string{"applied | duplicate | resident p1 open 0 erased",
				"duplicate | applied | resident p1 open 0 erased"}},
		{entry: "erase_open", begin: "placed sold back",
			a: does{officer, &Erase{Resident: "p1"}}, b: does{pc1, &Reverse{What: KReturn, Of: "c1"}},
			want: [2]string{"applied erase_waits | applied | money held 14000, due 0, paid 0, settled 0; copy c1 out; loan c1 out at s1 of r1 right device/d1; resident p1 open 1 to be erased; refund c1 gone"}},
		{entry: "erase_upsert",
			a: does{officer, &Erase{Resident: "p1"}}, b: does{officer2, row(&Resident{ID: "p1", CardTag: "new"}, false, "u1")},
			want: [2]string{"applied | applied | resident p1 open 0 erased"}},
		{entry: "upsert_upsert", cell: "CE-CE",
			want: [2]string{"applied | applied | title 새 이름 2 13000",
				"applied | applied | title 새 이름 1 13000"}},
		{entry: "stock",
			a:    does{theServer.at(noon + 3*day), row(&Stock{Store: "s1", ISBN: isbnA, N: 5, AsOf: noon + day, Source: "till"}, false, "u1")},
			b:    does{pc1.at(noon + 2*day), &Count{ISBN: isbnA, N: 2, ID: "n1", Source: "count"}},
			want: [2]string{"applied | applied | stock s1 2, aside 0"}},
		{entry: "title_price", begin: "unpriced asked4",
			a: does{pc2, row(&Title{ISBN: isbnD, Price: 11000}, true, "u1")}, b: does{pc1, &Accept{Request: "r1", Assign: 1, Price: 12000}},
			want: [2]string{"applied | applied | money held 12000, due 0, paid 0, settled 0; request r1 accepted at s1 slot 1 price 12000; stock s1 1, aside 1; title 값 모르는 책 11000",
				"applied | applied | money held 12000, due 0, paid 0, settled 0; request r1 accepted at s1 slot 1 price 12000; stock s1 1, aside 1; title 값 모르는 책 12000"}},
		{entry: "title_price", begin: "unpriced asked4",
			a: does{officer, row(&Title{ISBN: isbnD, Name: "새 이름", Price: 11000}, false, "u1")}, b: does{pc1, &Accept{Request: "r1", Assign: 1, Price: 12000}},
			want: [2]string{"applied | applied | money held 12000, due 0, paid 0, settled 0; request r1 accepted at s1 slot 1 price 12000; stock s1 1, aside 1; title 새 이름 11000"}},
		{entry: "when_done", a: does{resident, place("r1", "p1", isbnA)}, b: does{officer, row(noMore("2026-04-01"), false, "u1")},
			want: [2]string{"applied | applied | money held 14000, due 0, paid 0, settled 0; rules from 2026-04-01; slots 1, in line 0; request r1 placed at s1 slot 1 price 14000; resident p1 open 1"}},
		{entry: "stock", a: does{resident, place("r1", "p1", isbnA)}, b: does{pc1, &Count{ISBN: isbnA, N: 5, ID: "n1", Source: "count"}},
			want: [2]string{"applied | applied | money held 14000, due 0, paid 0, settled 0; slots 1, in line 0; request r1 placed at s1 slot 1 price 14000; resident p1 open 1; stock s1 5, aside 0"}},
		{entry: "money", begin: "placed sold back packed handed taken approved1 approved2",
			a: does{resident, place("r2", "p2", isbnA)}, b: does{officer, &Pay{Lines: []LineID{"c1"}, Payment: "bank1"}},
			want: [2]string{"applied | applied | money held 14000, due 14000, paid 0, settled 14000; line c1 paid 14000 first o1; slots 2, in line 0; request r2 placed at s1 slot 2 price 14000; resident p2 open 1"}},
		{entry: "close_store", a: does{officer, &CloseStore{Store: "s1", To: "s2", Requests: []RequestID{"r1"}}}, b: does{resident, place("r1", "p1", isbnA)},
			want: [2]string{"applied | rejected store_closed | store s1 closed to s2",
				"applied | applied | money held 14000, due 0, paid 0, settled 0; slots 1, in line 0; request r1 placed at s1 asked slot 1 price 14000; resident p1 open 1; store s1 closed to s2"}},
	}
}

// noMore are rules by which nobody can ask for an ordinary title from a day on.
func noMore(from Date) *PolicyRow {
	p := DefaultPolicy()
	p.From, p.CapOther = from, 0
	return &PolicyRow{p}
}

// What acts about different things share.
func sharedExamples() []example {
	return []example{
		{entry: "slots", begin: "cap1 placed accepted sold",
			a: does{resident, &Keep{Loan: "c1"}}, b: does{resident, &Reserve{Reservation: "v2", Resident: "p2", ISBN: isbnA, Stores: []StoreID{"s1"}}},
			want: [2]string{"applied | rejected slot_free | money held 0, due 0, paid 0, settled 0; copy c1 given; loan c1 kept at s1 of r1 right void; slots 0, in line 0; resident p1 open 0",
				"applied | applied | copy c1 given; loan c1 kept at s1 of r1 right void; slots 1, in line 0; place v2 offered; resident p1 open 0; resident p2 open 1"}},
		{entry: "money", begin: "placed sold back packed handed taken approved1 approved2 second",
			a: does{pc1, payout("c2", "2", 14000)}, b: does{officer, &Pay{Lines: []LineID{"c1"}, Payment: "bank1"}},
			want: [2]string{"applied | applied | money held 0, due 14000, paid 14000, settled 14000; line c1 paid 14000 first o1; loan c2 returned at s1 of r2 right spent; refund c2 paid 14000; resident p2 open 0"}},
		{entry: "stock", begin: "placed accepted",
			a: does{pc1.at(noon + day), sellA("c1")}, b: does{pc2.at(noon + 2*day), &Count{ISBN: isbnA, N: 2, ID: "n1", Source: "count"}},
			want: [2]string{"applied | applied | copy c1 out; loan c1 out at s1 of r1 right device/d1; request r1 sold at s1 slot 1 price 14000; stock s1 2, aside 0"}},
		{entry: "stock", begin: "placed accepted",
			a: does{pc1.at(noon + 2*day), sellA("c1")}, b: does{pc2.at(noon + day), &Count{ISBN: isbnA, N: 2, ID: "n1", Source: "count"}},
			want: [2]string{"applied | applied count_older | copy c1 out; loan c1 out at s1 of r1 right device/d1; request r1 sold at s1 slot 1 price 14000; stock s1 2, aside 0",
				"applied | applied | copy c1 out; loan c1 out at s1 of r1 right device/d1; request r1 sold at s1 slot 1 price 14000; stock s1 1, aside 0"}},
		{entry: "when_done", begin: "placed sold back packed",
			a:    does{pc1, &HandOver{Transfer: "t1", Taker: "T7"}},
			b:    does{pc2.as(RoleOwner), row(&Store{ID: "s1", Holidays: []Date{"2026-03-05"}}, false, "u1")},
			want: [2]string{"applied | applied | copy c1 handed_over in t1; store s1; box t1 handed_over signed for"}},
		{entry: "when_done", begin: "placed sold left",
			a: does{officer, &Rule{Loan: "c1", Refund: true}}, b: does{officer, row(noMore("2026-04-01"), false, "u1")},
			want: [2]string{"applied | applied | money held 0, due 14000, paid 0, settled 0; copy c1 at_store; loan c1 returned at s1 of r1 right device/d1; rules from 2026-04-01; refund c1 due 14000"}},
		{entry: "title", begin: "placed",
			a: does{theServer, &Ask{Request: "r1", Assign: 1}}, b: does{librarian, row(&Title{ISBN: isbnA, Name: "새 이름"}, false, "u1")},
			want: [2]string{"applied | applied | request r1 placed at s1 asked slot 1 price 14000; title 새 이름 14000"}},
		{entry: "counters", begin: "placed sold",
			a: does{resident, &Keep{Loan: "c1"}}, b: does{officer, &Block{Resident: "p1", On: true, Note: "x", ID: "b1"}},
			want: [2]string{"applied | applied | money held 0, due 0, paid 0, settled 0; copy c1 given; loan c1 kept at s1 of r1 right void; slots 0, in line 0; resident p1 open 0 blocked"}},
	}
}
