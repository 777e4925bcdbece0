package payback

import "slices"

// Access is what an op may do to a row of a table.
type Access int

// The accesses, weakest first.
const (
	Reads   Access = iota + 1 // looks at it
	Makes                     // makes a row under an id of its own, and touches no other
	Changes                   // changes or removes one that is there
)

// Touch is a table that ops of a kind may touch, and how.
type Touch struct {
	Table  Table
	Access Access
}

// touched is what the ops of a kind touch: by access, tables in no order.
type touched struct {
	changes, makes, reads []Table
}

// What giving back and taking again of slot and money touches.
func held(more ...Table) []Table {
	return append([]Table{TBudget, TQuota, TSlot, TClaim, TResident}, more...)
}

// touches declares, for every kind, what its ops may touch. The tests hold it to
// what Apply really does: no more, and nothing that no history reaches.
func touches(k Kind) touched {
	switch k {
	case KPlace, KAsk, KChooseStore, KAccept, KOrder, KArrive, KDecline, KCancel, KExpire, KReserve, KPromote, KEndWait:
		return touchesOfRequests(k)
	case KSell, KReturn, KLeave, KRule, KGiveBack, KKeep, KGiveUp, KUnmatched, KRefund, KGiveRight, KGrantRight, KReverse, KDecide:
		return touchesOfLoans(k)
	case KPack, KUnpack, KCloseBox, KHandOver, KIntake, KEndIntake, KWriteOff, KShelve, KContest, KApprove, KPay, KCorrect:
		return touchesOfBoxes(k)
	}
	return touchesOfKeeping(k)
}

func touchesOfRequests(k Kind) touched {
	switch k {
	case KPlace: // and the earlier sale by its number
		return touched{held(TReservation, TTally, TNumbers, TPickup, TLoan, TCopy, TCase), []Table{TRequest}, []Table{TStore, TDistrict, TTitle, TStock, TRefund}}
	case KAsk:
		return touched{[]Table{TRequest}, nil, []Table{TTitle}}
	case KChooseStore:
		return touched{held(TRequest, TNumbers, TPickup, TLoan, TCopy, TCase), nil, []Table{TStore, TDistrict, TTitle, TStock, TRefund}}
	case KAccept:
		return touched{held(TRequest, TStock, TPickup, TTally, TTitle), []Table{TCase}, []Table{TStore, TDistrict}}
	case KOrder:
		return touched{[]Table{TRequest}, nil, []Table{TTitle, TStore}}
	case KArrive:
		return touched{[]Table{TRequest, TStock, TBudget}, nil, []Table{TTitle, TStore, TDistrict}}
	case KDecline:
		return touched{[]Table{TRequest, TStock}, nil, []Table{TTitle, TStore}}
	case KCancel:
		return touched{held(TRequest, TStock, TPickup, TTally), nil, nil}
	case KExpire:
		return touched{held(TRequest, TStock, TPickup, TTally), nil, []Table{TTitle, TStore, TDistrict}}
	case KReserve:
		return touched{[]Table{TQuota, TClaim, TResident}, []Table{TReservation}, []Table{TTitle}}
	case KPromote:
		return touched{[]Table{TReservation, TQuota, TSlot, TBudget}, nil, []Table{TTitle}}
	case KEndWait:
		return touched{held(TReservation), nil, []Table{TTitle}}
	}
	return touched{}
}

func touchesOfLoans(k Kind) touched {
	switch k {
	case KSell:
		return touched{held(TRequest, TStock, TPickup, TTally), []Table{TLoan, TCopy, TCase}, []Table{TTitle, TStore, TDistrict}}
	case KRule:
		return touched{held(TLoan, TCopy, TRefund, TLine), []Table{TCase}, []Table{TTitle, TDistrict}}
	case KReturn:
		return touched{held(TLoan, TCopy, TRefund, TLine), []Table{TCase}, []Table{TTitle, TStore, TDistrict}}
	case KLeave:
		return touched{held(TLoan, TCopy), []Table{TCase}, []Table{TTitle, TStore, TDistrict}}
	case KGiveBack:
		return touched{[]Table{TLoan, TCopy}, []Table{TCase}, []Table{TRefund, TStore}}
	case KKeep:
		return touched{held(TLoan, TCopy), nil, []Table{TTitle, TStore}}
	case KGiveUp:
		return touched{[]Table{TLoan, TCopy}, nil, []Table{TTitle, TStore}}
	case KUnmatched:
		return touched{[]Table{TLoan}, []Table{TCase}, []Table{TQuota}}
	case KRefund:
		return touched{[]Table{TLoan, TRefund, TBudget, TResident}, []Table{TIncident, TCase}, []Table{TTitle, TStore}}
	case KGiveRight:
		return touched{[]Table{TLoan}, nil, nil}
	case KGrantRight:
		return touched{[]Table{TLoan}, nil, []Table{TDevice}}
	case KReverse:
		return touched{held(TRequest, TPickup, TTally, TStock, TLoan, TCopy, TRefund, TTransfer), []Table{TCase}, []Table{TTitle, TStore, TDistrict}}
	case KDecide:
		return touched{held(TCase, TLoan, TCopy, TRefund, TTally, TDevice), []Table{TIncident}, []Table{TTitle, TDistrict}}
	}
	return touched{}
}

func touchesOfBoxes(k Kind) touched {
	switch k {
	case KPack:
		return touched{[]Table{TCopy, TLoan, TTransfer, TQuota}, []Table{TCase}, []Table{TStore}}
	case KUnpack:
		return touched{[]Table{TCopy, TTransfer}, []Table{TCase}, []Table{TStore}}
	case KCloseBox:
		return touched{[]Table{TTransfer}, []Table{TCase}, []Table{TStore}}
	case KHandOver:
		return touched{[]Table{TTransfer, TCopy}, []Table{TCase}, []Table{TStore, TDistrict}}
	case KIntake:
		return touched{[]Table{TCopy, TLoan, TTransfer, TLine, TQuota}, []Table{TCase}, []Table{TDistrict, TRefund}}
	case KEndIntake:
		return touched{[]Table{TTransfer, TCopy}, []Table{TCase}, nil}
	case KWriteOff:
		return touched{[]Table{TCopy, TLine, TQuota}, nil, []Table{TLoan, TRefund, TDistrict}}
	case KShelve:
		return touched{[]Table{TCopy}, []Table{TCase}, []Table{TLibrary, TQuota, TReservation, TTitle}}
	case KContest, KApprove:
		return touched{[]Table{TLine}, nil, nil}
	case KPay:
		return touched{[]Table{TLine, TBudget}, []Table{TCase}, nil}
	case KCorrect:
		return touched{nil, []Table{TLine}, nil}
	}
	return touched{}
}

func touchesOfKeeping(k Kind) touched {
	switch k {
	case KCount:
		return touched{[]Table{TStock}, []Table{TCase}, nil}
	case KUpsert:
		return touched{[]Table{TTitle, TLibrary, TStore, TResident, TPolicy, TDistrict, TStock}, []Table{TCase}, nil}
	case KBlock, KErase:
		return touched{[]Table{TResident}, nil, nil}
	case KLineage:
		return touched{[]Table{TDevice}, []Table{TCase}, nil}
	case KOverdue:
		return touched{nil, []Table{TCase}, []Table{TVerdict}}
	case KReread, KMend:
		return touched{nil, nil, []Table{TVerdict}}
	case KRestored:
		return touched{nil, []Table{TCase}, nil}
	case KReveal:
		return touched{nil, []Table{TReveal}, nil}
	case KCloseStore:
		return touched{[]Table{TStore, TRequest, TStock, TLoan, TCopy, TRefund, TTransfer}, nil, []Table{TTitle}}
	case KEnrolCode:
		return touched{[]Table{TEnrolCode}, nil, []Table{TStore}}
	case KEnrol:
		return touched{[]Table{TEnrolCode}, []Table{TDevice}, nil}
	case KRevoke:
		return touched{[]Table{TDevice, TLoan}, nil, nil}
	case KClerk:
		return touched{[]Table{TClerk}, nil, nil}
	}
	return touched{}
}

// Touches returns the tables that ops of the kind may touch, by name, each once
// with the strongest access.
func Touches(k Kind) []Touch {
	t := touches(k)
	var out []Touch
	for _, part := range []struct {
		tables []Table
		access Access
	}{{t.changes, Changes}, {t.makes, Makes}, {t.reads, Reads}} {
		for _, table := range part.tables {
			out = append(out, Touch{table, part.access})
		}
	}
	slices.SortFunc(out, func(a, b Touch) int {
		if a.Table < b.Table {
			return -1
		}
		return 1
	})
	return out
}

// Entity is a thing that two ops can both be about: rows with one id, or a counter
// that many share.
type Entity string

// The entities. The first block has one row or a few under one id; the second is
// shared by all ops about a title, a resident or a year.
const (
	AboutRequest  Entity = "request"
	AboutWait     Entity = "reservation"
	AboutLoan     Entity = "loan"
	AboutCopy     Entity = "copy"
	AboutTransfer Entity = "transfer"
	AboutLine     Entity = "line"
	AboutCase     Entity = "case"
	AboutDevice   Entity = "device"
	AboutCode     Entity = "enrol_code"
	AboutClerk    Entity = "clerk"

	AboutRules    Entity = "rules"
	AboutStore    Entity = "store"
	AboutTitle    Entity = "title"
	AboutStock    Entity = "stock"
	AboutSlots    Entity = "slots"
	AboutBudget   Entity = "budget"
	AboutResident Entity = "resident"
	AboutTally    Entity = "tally"
	AboutNumbers  Entity = "numbers"
	AboutLook     Entity = "reveal"
)

// entityOf says what rows of the table are about.
func entityOf(t Table) Entity {
	switch t {
	case TRequest, TPickup:
		return AboutRequest
	case TLoan, TRefund, TIncident:
		return AboutLoan
	case TCopy:
		return AboutCopy
	case TReservation:
		return AboutWait
	case TTransfer:
		return AboutTransfer
	case TLine:
		return AboutLine
	case TCase:
		return AboutCase
	case TDevice:
		return AboutDevice
	case TEnrolCode:
		return AboutCode
	case TClerk:
		return AboutClerk
	case TDistrict, TPolicy, TLibrary:
		return AboutRules
	case TStore:
		return AboutStore
	case TTitle:
		return AboutTitle
	case TStock:
		return AboutStock
	case TQuota, TSlot:
		return AboutSlots
	case TBudget:
		return AboutBudget
	case TResident, TClaim:
		return AboutResident
	case TTally:
		return AboutTally
	case TNumbers:
		return AboutNumbers
	}
	return AboutLook
}

// answersWhose says that acts of the kind change no case but the one that asks whose
// a sale by number is, since they bring the request of that number.
func answersWhose(k Kind) bool { return k == KPlace || k == KChooseStore }

// asksWhose says that acts of the kind open such a case, or change any.
func asksWhose(k Kind) bool {
	return k == KReturn || k == KRule || k == KUnmatched || k == KDecide || answersWhose(k)
}

// Meet returns what an op of kind a and one of kind b can both be about with at
// least one of them changing it: tables that both touch, other than by reading or
// by each making a row of its own. No entity means that the two commute.
func Meet(a, b Kind) []Entity {
	var out []Entity
	for _, x := range Touches(a) {
		for _, y := range Touches(b) {
			if x.Table != y.Table || (x.Access == Reads && y.Access == Reads) || (x.Access == Makes && y.Access == Makes) ||
				x.Table == TCase && (answersWhose(a) && !asksWhose(b) || answersWhose(b) && !asksWhose(a)) {
				continue
			}
			if e := entityOf(x.Table); !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out
}
