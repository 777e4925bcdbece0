package payback

import "sort"

// LateRule is what a district does with a copy that comes back late or faulty.
type LateRule string

// The three late rules; LateChoice is the default.
const (
	LateChoice LateRule = "choice" // the resident keeps the copy or leaves it for a decision
	LateRefuse LateRule = "refuse" // no refund
	LateRefund LateRule = "refund" // refunded at once, as if in time
)

// Policy is a district's rules from one day on. Zero counts mean none or no
// limit as each field says. Defaults and their sources: DefaultPolicy.
type Policy struct {
	From Date `json:"from"` // first day on which these rules hold

	MonthLimit int `json:"month_limit"` // requests a resident may place in a month; 0 = no limit
	YearLimit  int `json:"year_limit"`  // and in a year; 0 = no limit

	CapBestseller int `json:"cap_bestseller"` // copies of one bestseller that the district takes
	CapOther      int `json:"cap_other"`      // copies of any other title

	PriceCeiling    Won  `json:"price_ceiling"`     // dearest list price; reserved when the price is unknown
	MaxAgeYears     int  `json:"max_age_years"`     // oldest year of publication; 0 = any
	RefuseStudyAids bool `json:"refuse_study_aids"` // add-on code 5 or 6: school study aids
	MaxDiscount     int  `json:"max_discount"`      // percent below list price that a store may sell for

	LoanDays        int  `json:"loan_days"`         // the due day is the sale's day plus this
	PickupDays      int  `json:"pickup_days"`       // days to fetch an accepted or arrived copy
	DeclineKeepDays int  `json:"decline_keep_days"` // days that slot and money are kept after a decline
	OfferDays       int  `json:"offer_days"`        // days to take an offered place
	WaitDays        int  `json:"wait_days"`         // days after which a waiting place ends
	MaxLine         int  `json:"max_line"`          // longest waiting line of a title
	SilenceDays     int  `json:"silence_days"`      // working days before the resident of a silent store is asked
	UnansweredDays  int  `json:"unanswered_days"`   // days after placing when an unanswered request ends
	OrderDays       int  `json:"order_days"`        // days after the promised day when an order that never came is its resident's to move
	NoShowBarDays   int  `json:"no_show_bar_days"`  // days without requests after a no-show
	CancelAccepted  bool `json:"cancel_accepted"`   // may a resident cancel after the store accepted

	Late           LateRule `json:"late"`
	DecideDays     int      `json:"decide_days"`     // days in which the office decides on a left copy
	FetchDays      int      `json:"fetch_days"`      // days that a refused copy waits for its resident
	UnmatchedDays  int      `json:"unmatched_days"`  // days that a sale by an unknown number waits for its request
	KeptAfterDays  int      `json:"kept_after_days"` // days after due when a loan becomes kept
	HandOverDays   int      `json:"hand_over_days"`  // working days after hand-over until a box is late
	ReceiptNeeded  bool     `json:"receipt_needed"`  // must the paper receipt come back with the copy
	SameKind       bool     `json:"same_kind"`       // refund by the same kind as paid
	OverrideADay   int      `json:"override_a_day"`  // owner's refunds without the right, a store and day
	BudgetYear     Won      `json:"budget_year"`     // what the district may spend in a year; 0 = no limit
	ContractRate   int      `json:"contract_rate"`   // percent of the refunded amount that the district pays
	TwoPerson      bool     `json:"two_person"`      // two officers approve a settlement line
	FamilyCollects bool     `json:"family_collects"` // may family fetch a copy
}

// DefaultPolicy returns the rules of a new district.
// Sources: caps 15 and 3, three weeks: OPSI case study of the Seocho service.
// Three a month and 24 a year: Seocho 2025 (seouland.com 20143). Price ceiling
// 50,000 won: Seocho's wish-book rule. Discount of at most 10 percent for public
// libraries: fixed book price law, 2014. The rest: sister services, as listed in
// the design's notes on states.
func DefaultPolicy() Policy {
	return Policy{
		From: "2019-01-01", MonthLimit: 3, YearLimit: 24, CapBestseller: 15, CapOther: 3,
		PriceCeiling: 50000, RefuseStudyAids: true, MaxDiscount: 10,
		LoanDays: 21, PickupDays: 7, DeclineKeepDays: 3, OfferDays: 2, WaitDays: 60, MaxLine: 30,
		SilenceDays: 1, UnansweredDays: 7, OrderDays: 7, NoShowBarDays: 20, CancelAccepted: true,
		Late: LateChoice, DecideDays: 7, FetchDays: 14, UnmatchedDays: 7, KeptAfterDays: 14, HandOverDays: 10,
		SameKind: true, OverrideADay: 2, BudgetYear: 300_000_000, ContractRate: 100, TwoPerson: true,
		FamilyCollects: true,
	}
}

// Policies are a district's rules over time, ordered by From.
type Policies []Policy

// On returns the rules that hold on day d: the latest that began by then, or the
// defaults before the first.
func (ps Policies) On(d Date) Policy {
	i := sort.Search(len(ps), func(i int) bool { return ps[i].From > d })
	if i == 0 {
		return DefaultPolicy()
	}
	return ps[i-1]
}

// With returns the policies with p in place of the one of the same day.
func (ps Policies) With(p Policy) Policies {
	out := make(Policies, 0, len(ps)+1)
	for _, q := range ps {
		if q.From != p.From {
			out = append(out, q)
		}
	}
	out = append(out, p)
	sort.Slice(out, func(i, j int) bool { return out[i].From < out[j].From })
	return out
}

// CopyCap is how many copies of a title the district takes at most.
// Source: OPSI case study, "Challenges and Failures": 15 for bestsellers, 3 otherwise.
func (p Policy) CopyCap(t *Title) int {
	if t != nil && t.Class == Bestseller {
		return p.CapBestseller
	}
	return p.CapOther
}

// Reserve is the amount held for a request: the price, or the ceiling while the
// price is unknown.
func (p Policy) Reserve(price Won) Won {
	if price > 0 {
		return price
	}
	return p.PriceCeiling
}

// CheckTitle says why a title can't be had at all, or nothing. A nil title is one
// that nobody has described yet: any valid ISBN may be asked for.
func (p Policy) CheckTitle(t *Title, today Date) Reason {
	switch {
	case t == nil:
		return Reason{}
	case t.Blocked != "":
		return why("title_blocked", "note", t.Blocked)
	case p.PriceCeiling > 0 && t.Price > p.PriceCeiling:
		return why("price_over", "ceiling", won(p.PriceCeiling), "price", won(t.Price))
	case p.MaxAgeYears > 0 && t.Year() > 0 && year(today)-t.Year() > p.MaxAgeYears:
		return why("too_old", "years", num(p.MaxAgeYears))
	case p.RefuseStudyAids && t.studyAid():
		return why("study_aid")
	}
	return Reason{}
}

// CheckAmount says why paid can't be right for a copy with this list price: a
// store may sell at the list price or up to MaxDiscount percent below it. An
// unknown price (0) allows any amount up to the ceiling.
// Source: fixed book price law: at most 10 percent off for this use.
func (p Policy) CheckAmount(list, paid Won) Reason {
	if paid <= 0 {
		return why("amount_missing")
	}
	if list == 0 {
		if p.PriceCeiling > 0 && paid > p.PriceCeiling {
			return why("price_over", "ceiling", won(p.PriceCeiling), "price", won(paid))
		}
		return Reason{}
	}
	lowest := list - list*Won(p.MaxDiscount)/100
	if paid > list || paid < lowest {
		return why("amount_differs", "paid", won(paid), "price", won(list))
	}
	return Reason{}
}

// badNumber names the first number of the policy that can't be right, or nothing:
// no count is negative or above 10,000, no percentage above 100.
func (p Policy) badNumber() string {
	for _, n := range []int{p.MonthLimit, p.YearLimit, p.CapBestseller, p.CapOther, p.MaxAgeYears, p.LoanDays, p.PickupDays,
		p.DeclineKeepDays, p.OfferDays, p.WaitDays, p.MaxLine, p.SilenceDays, p.UnansweredDays, p.OrderDays, p.NoShowBarDays, p.DecideDays,
		p.FetchDays, p.UnmatchedDays, p.KeptAfterDays, p.HandOverDays, p.OverrideADay} {
		if n < 0 || n > 10_000 {
			return "policy"
		}
	}
	switch {
	case p.MaxDiscount < 0 || p.MaxDiscount > 100 || p.ContractRate < 0 || p.ContractRate > 100:
		return "policy"
	case p.PriceCeiling < 0 || p.PriceCeiling > MaxAmount || p.BudgetYear < 0:
		return "policy"
	case p.Late != "" && p.Late != LateChoice && p.Late != LateRefuse && p.Late != LateRefund:
		return "policy"
	}
	return ""
}
