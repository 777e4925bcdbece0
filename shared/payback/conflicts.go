package payback

import "slices"

// ConflictRule says how two acts that meet end.
type ConflictRule string

// The rules. Of a Conflict under RuleWins, RuleFact, RuleHold and
// RuleFill, A is the act that the
// rule names first.
const (
	RuleCommute  ConflictRule = "commute"  // each changes its own part: the order makes no difference
	RuleMerge    ConflictRule = "merge"    // the same act twice is one
	RuleFirst    ConflictRule = "first"    // the one that the ledger has first stands, the other is told
	RuleLatest   ConflictRule = "latest"   // the one that the ledger has last stands
	RuleWins     ConflictRule = "wins"     // A stands in both orders
	RuleFact     ConflictRule = "fact"     // A happened: it stands, and what contradicts it becomes a case
	RuleHold     ConflictRule = "hold"     // A must come first: B waits for it, or is asked again
	RuleFill     ConflictRule = "fill"     // A implies B: a late B only completes the history
	RuleLedger   ConflictRule = "ledger"   // figures with times: each counts once, the newest count is the base
	RulePolicy   ConflictRule = "policy"   // judged by what held when it was done
	RuleCap      ConflictRule = "cap"      // both take from what is limited: first come, and never beyond it without a case
	RuleAdditive ConflictRule = "additive" // both add to a counter
)

// Conflict is how an act of kind A and one of kind B about the same thing end.
type Conflict struct {
	A, B     Kind
	Rule     ConflictRule
	Sentence string // message key: the rule in words
}

// pairs gives one rule to each kind of as with each kind of bs.
type pairs struct {
	as, bs   []Kind
	rule     ConflictRule
	sentence string // message "payback.conflict."+sentence
}

// Groups of kinds that meet others in the same way.
func answers() []Kind { return []Kind{KAccept, KOrder, KDecline} }
func ends() []Kind    { return []Kind{KCancel, KExpire} }
func requestActs() []Kind {
	return append(append(answers(), ends()...), KAsk, KChooseStore, KArrive)
}
func boxActs() []Kind {
	return []Kind{KPack, KUnpack, KHandOver, KIntake, KEndIntake, KWriteOff, KShelve}
}
func rightActs() []Kind { return []Kind{KGiveRight, KGrantRight, KRevoke} }
func loanEnds() []Kind  { return []Kind{KReturn, KLeave, KKeep, KRule, KGiveBack, KGiveUp, KUnmatched} }
func loanActs() []Kind {
	return append(append(append(loanEnds(), KRefund), boxActs()...), rightActs()...)
}
func lineActs() []Kind   { return []Kind{KContest, KApprove, KPay, KCorrect} }
func lineMakers() []Kind { return []Kind{KIntake, KWriteOff, KReturn, KRule} }

// ones is a group of one or a few kinds.
func ones(ks ...Kind) []Kind { return ks }

// table is the conflict table: the first entry that fits a pair in either order is
// its rule. It covers whatever two acts about one request, loan, copy, box, line,
// case, place in line or PC can do to each other; what is only shared is in shared.
// Sources: the notes on sync, 2.7 (the kernel), and on states (the edges).
func table() []pairs {
	return slices.Concat(requestTable(), loanTable(), boxTable(), restTable())
}

func requestTable() []pairs {
	return []pairs{
		{ones(KAccept), ones(KAccept), RuleMerge, "accept_accept"},
		{ones(KDecline), ones(KDecline), RuleMerge, "decline_decline"},
		{ones(KArrive), ones(KArrive), RuleMerge, "arrive_arrive"},
		{ones(KCancel), ones(KCancel), RuleMerge, "cancel_cancel"},
		{ones(KExpire), ones(KExpire), RuleMerge, "derived_twice"},
		{ones(KAsk), ones(KAsk), RuleMerge, "derived_twice"},
		{ones(KOrder), ones(KOrder), RuleLatest, "order_order"},
		{ones(KChooseStore), ones(KChooseStore), RuleFirst, "choose_choose"},
		{ones(KPlace), ones(KPlace), RuleCap, "line"},

		{ones(KSell), ones(KSell), RuleFact, "sell_sell"},
		{ones(KSell), ones(KPlace), RuleFill, "sell_place"},
		{ones(KSell), ones(KAccept, KOrder, KArrive, KAsk), RuleFill, "sell_answer"},
		{ones(KSell), ones(KDecline, KCancel, KExpire, KChooseStore), RuleFact, "sell_ended"},

		{ones(KPlace), requestActs(), RuleHold, "request_first"},
		{ones(KArrive), append(answers(), KCancel, KExpire, KChooseStore, KAsk), RuleFact, "arrive_any"},
		{ones(KAccept), ones(KExpire), RuleFact, "accept_expire"},
		{ones(KCancel), append(answers(), KAsk, KChooseStore), RuleWins, "cancel_any"},
		{ones(KCancel), ones(KExpire), RuleFirst, "end_end"},
		{answers(), answers(), RuleFirst, "answer_answer"},
		{answers(), ones(KExpire, KAsk, KChooseStore), RuleFirst, "answer_moved"},
		{ones(KExpire, KAsk, KChooseStore), ones(KExpire, KAsk, KChooseStore), RuleFirst, "answer_moved"},
	}
}

func loanTable() []pairs {
	return []pairs{
		{ones(KReverse), ones(KReverse), RuleMerge, "reverse_reverse"},
		{ones(KReverse), ones(KPlace, KSell), RuleHold, "reverse_first"},
		{ones(KReverse), slices.Concat(requestActs(), loanActs(), ones(KCloseBox, KCloseStore, KDecide)), RuleFirst, "reverse_any"},
		{ones(KDecide), ones(KDecide), RuleFirst, "decide_decide"},
		{ones(KDecide), slices.Concat(loanActs(), ones(KSell, KPlace, KChooseStore, KAccept, KCloseBox, KCloseStore, KPay, KCount, KUpsert, KOverdue, KEnrol, KLineage, KRestored)), RuleFirst, "decide_any"},

		{ones(KSell), slices.Concat(loanActs(), ones(KCloseStore)), RuleHold, "sale_first"},
		{ones(KPlace, KChooseStore), slices.Concat(loanActs(), ones(KCloseBox, KOverdue, KLineage, KRestored)), RuleFill, "match_any"},
		{ones(KCloseStore), ones(KCloseStore), RuleMerge, "close_close"},
		{ones(KCloseStore), requestActs(), RuleFirst, "close_requests"},
		{ones(KCloseStore), append(loanActs(), KCloseBox), RuleFact, "close_loans"},

		{ones(KReturn), ones(KReturn), RuleMerge, "return_return"},
		{ones(KReturn, KLeave), ones(KKeep), RuleFact, "return_keep"},
		{ones(KLeave), ones(KLeave), RuleMerge, "return_return"},
		{ones(KKeep), ones(KKeep), RuleMerge, "keep_keep"},
		{ones(KGiveBack), ones(KGiveBack), RuleMerge, "give_back_twice"},
		{ones(KGiveUp), ones(KGiveUp), RuleMerge, "derived_twice"},
		{ones(KUnmatched), ones(KUnmatched), RuleMerge, "derived_twice"},
		{ones(KUnmatched), ones(KReturn, KLeave, KKeep, KRule, KGiveBack, KGiveUp, KRefund), RuleFirst, "unmatched_any"},
		{ones(KUnmatched), boxActs(), RuleCommute, "unmatched_any"},
		{ones(KGiveUp), ones(KReturn, KLeave, KKeep, KRule, KGiveBack, KRefund), RuleFirst, "give_up_any"},
		{ones(KReturn), ones(KLeave), RuleFirst, "return_leave"},
		{ones(KLeave), ones(KRule), RuleHold, "leave_rule"},
		{ones(KRule), ones(KRule, KReturn, KKeep), RuleFirst, "rule_any"},
		{ones(KGiveBack), ones(KReturn, KLeave, KKeep, KRule), RuleFact, "give_back_any"},

		{ones(KRefund), ones(KRefund), RuleFact, "refund_refund"},
		{ones(KReturn, KRule), ones(KRefund), RuleHold, "return_refund"},
		{ones(KRefund), ones(KLeave, KKeep, KGiveBack), RuleFact, "refund_not_due"},
		{ones(KRefund), rightActs(), RuleFact, "refund_right"},
		{ones(KRefund), boxActs(), RuleCommute, "refund_box"},

		{ones(KGiveRight), ones(KGiveRight), RuleMerge, "right_right"},
		{ones(KGrantRight), append(rightActs(), KEnrol), RuleFirst, "right_right"},
		{ones(KRevoke), ones(KRevoke), RuleMerge, "revoke_revoke"},
		{ones(KGiveRight), ones(KRevoke), RuleFirst, "right_right"},
		{rightActs(), loanEnds(), RuleFirst, "right_loan"},
		{rightActs(), boxActs(), RuleCommute, "right_box"},
	}
}

func boxTable() []pairs {
	return []pairs{
		{ones(KReturn, KRule), ones(KPack), RuleHold, "return_pack"},
		{ones(KLeave, KKeep, KGiveBack, KGiveUp), ones(KPack), RuleFact, "pack_odd"},
		{ones(KIntake), ones(KKeep, KGiveBack, KGiveUp, KRule), RuleFact, "intake_any"},
		{ones(KIntake), ones(KReturn, KLeave), RuleFill, "intake_return"},
		{ones(KUnpack, KHandOver, KEndIntake, KWriteOff, KShelve), loanEnds(), RuleFact, "copy_where"},

		{ones(KPack), ones(KPack), RuleLatest, "pack_pack"},
		{ones(KPack), ones(KUnpack), RuleLatest, "pack_pack"},
		{ones(KUnpack), ones(KUnpack), RuleMerge, "unpack_unpack"},
		{ones(KCloseBox), ones(KCloseBox), RuleMerge, "box_twice"},
		{ones(KHandOver), ones(KHandOver), RuleMerge, "box_twice"},
		{ones(KEndIntake), ones(KEndIntake), RuleMerge, "box_twice"},
		{ones(KWriteOff), ones(KWriteOff), RuleMerge, "box_twice"},
		{ones(KIntake), ones(KIntake), RuleMerge, "intake_intake"},
		{ones(KShelve), ones(KShelve), RuleMerge, "box_twice"},
		{ones(KPack), ones(KCloseBox, KHandOver), RuleHold, "box_first"},
		{ones(KPack), ones(KEndIntake), RuleFill, "pack_late"},
		{ones(KIntake), ones(KPack, KUnpack, KCloseBox, KHandOver), RuleFill, "intake_fill"},
		{ones(KEndIntake, KWriteOff, KShelve), ones(KPack, KUnpack, KCloseBox, KHandOver), RuleFill, "intake_fill"},
		{ones(KUnpack), ones(KCloseBox, KHandOver), RuleFirst, "unpack_box"},
		{ones(KHandOver), ones(KCloseBox), RuleFill, "hand_over_close"},
		{ones(KIntake), ones(KEndIntake, KWriteOff), RuleFact, "intake_missing"},
		{ones(KIntake), ones(KShelve), RuleHold, "intake_shelve"},
		{ones(KEndIntake, KWriteOff, KShelve), ones(KEndIntake, KWriteOff, KShelve), RuleFact, "copy_end"},

		{lineMakers(), lineActs(), RuleHold, "line_first"},
		{ones(KCorrect), lineActs(), RuleCommute, "correct_any"},
		{ones(KPay), ones(KPay), RuleFact, "pay_pay"},
		{ones(KPay), ones(KContest, KApprove), RuleFact, "pay_any"},
		{ones(KApprove), ones(KApprove), RuleFirst, "approve_approve"},
		{ones(KContest), ones(KContest), RuleMerge, "contest_contest"},
		{ones(KContest), ones(KApprove), RuleFirst, "contest_approve"},
	}
}

func restTable() []pairs {
	waits := ones(KReserve, KPromote, KEndWait)
	return []pairs{
		{ones(KReserve), ones(KPromote, KEndWait), RuleHold, "wait_first"},
		{ones(KReserve), ones(KReserve, KPlace), RuleCap, "line"},
		{ones(KPromote), ones(KPromote), RuleMerge, "derived_twice"},
		{ones(KPromote), ones(KPlace), RuleHold, "offer_first"},
		{ones(KEndWait), ones(KEndWait), RuleMerge, "wait_twice"},
		{ones(KEndWait), ones(KPromote, KPlace), RuleFirst, "wait_end"},
		{ones(KShelve), append(waits, KPlace), RuleCommute, "shelve_wait"},

		{ones(KEnrolCode), ones(KEnrolCode), RuleMerge, "code_code"},
		{ones(KEnrolCode), ones(KEnrol), RuleHold, "code_first"},
		{ones(KEnrol), ones(KEnrol), RuleFirst, "enrol_enrol"},
		{ones(KEnrol), ones(KRevoke, KLineage), RuleHold, "enrol_first"},
		{ones(KLineage), ones(KLineage), RuleMerge, "lineage_twice"},
		{ones(KLineage), rightActs(), RuleFirst, "lineage_right"},
		{ones(KClerk), ones(KClerk), RuleLatest, "edit_edit"},

		{ones(KBlock, KErase), ones(KPlace, KReserve, KSell), RuleFirst, "block_ask"},
		{ones(KBlock), ones(KBlock, KErase, KUpsert, KExpire), RuleLatest, "edit_edit"},
		{ones(KErase), ones(KErase), RuleMerge, "erase_erase"},
		{ones(KErase), ones(KAccept, KReturn, KLeave, KReverse, KDecide), RuleFirst, "erase_open"},
		{ones(KErase), ones(KUpsert), RuleWins, "erase_upsert"},
		{ones(KUpsert), ones(KUpsert), RuleLatest, "upsert_upsert"},
		{ones(KUpsert), ones(KCount), RuleLedger, "stock"},
		{ones(KUpsert), ones(KAccept), RuleFirst, "title_price"},
		{ones(KPlace, KChooseStore), ones(KUpsert), RulePolicy, "when_done"},
		{ones(KPlace, KChooseStore), ones(KCount), RuleLedger, "stock"},
		{ones(KPlace, KChooseStore), ones(KPay), RuleCap, "money"},
		{ones(KCloseStore), ones(KPlace, KUpsert, KEnrolCode), RuleFirst, "close_store"},
	}
}

// sharing gives the rule of acts that have nothing in common but what many share.
type sharing struct {
	about    Entity
	rule     ConflictRule
	sentence string
}

// shared lists what acts about different things still share; the first that two
// kinds have in common is their rule.
func shared() []sharing {
	return []sharing{
		{AboutSlots, RuleCap, "slots"},
		{AboutBudget, RuleCap, "money"},
		{AboutStock, RuleLedger, "stock"},
		{AboutStore, RulePolicy, "when_done"},
		{AboutRules, RulePolicy, "when_done"},
		{AboutTitle, RulePolicy, "title"},
		{AboutResident, RuleAdditive, "counters"},
		{AboutTally, RuleAdditive, "counters"},
		{AboutNumbers, RuleAdditive, "counters"},
	}
}

// own says that the entity is one thing under one id: who meets there has a rule
// of the pair's own.
func (e Entity) own() bool {
	switch e {
	case AboutRequest, AboutWait, AboutLoan, AboutCopy, AboutTransfer, AboutLine, AboutCase, AboutDevice, AboutCode, AboutClerk:
		return true
	}
	return false
}

// ConflictOf returns how acts of the two kinds end that meet; ok is false for two
// kinds that never do, and so commute. Which of the two is A is the rule's to say.
func ConflictOf(a, b Kind) (c Conflict, ok bool) {
	met := Meet(a, b)
	if len(met) == 0 {
		return Conflict{}, false
	}
	for _, p := range table() {
		if slices.Contains(p.as, a) && slices.Contains(p.bs, b) {
			return Conflict{a, b, p.rule, "payback.conflict." + p.sentence}, true
		}
		if slices.Contains(p.as, b) && slices.Contains(p.bs, a) {
			return Conflict{b, a, p.rule, "payback.conflict." + p.sentence}, true
		}
	}
	if slices.ContainsFunc(met, Entity.own) {
		return Conflict{}, false // a gap in the table, which a test would have found
	}
	for _, s := range shared() {
		if slices.Contains(met, s.about) {
			return Conflict{a, b, s.rule, "payback.conflict." + s.sentence}, true
		}
	}
	return Conflict{}, false
}
