package payback

import (
	"fmt"
	"strings"
)

// stands says in a few words how a row stands, or nothing for one that only counts.
func stands(r Row) string {
	switch x := r.(type) {
	case *Request:
		return words("request", string(x.ID), string(x.State), "at", string(x.Store), mark(x.Asked, "asked"), mark(x.Slot > 0, "slot "+num(x.Slot)), mark(x.Price > 0, "price "+num(int(x.Price))))
	case *Loan:
		return words("loan", string(x.ID), string(x.State), "at", string(x.Store), mark(x.Request != "", "of "+string(x.Request)), mark(x.Right != "", "right "+string(x.Right)), mark(x.Block != "", "blocked"))
	case *Reservation:
		return words("place", string(x.ID), string(x.State))
	case *Copy:
		return words("copy", string(x.ID), string(x.State), mark(x.Transfer != "", "in "+string(x.Transfer)))
	case *Refund:
		return words("refund", string(x.Loan), string(x.State), num(int(x.Amount)))
	case *Incident:
		return words("incident", string(x.Loan), num(int(x.Amount)))
	case *Transfer:
		return words("box", string(x.ID), string(x.State), mark(x.HandedAt > 0, "signed for"))
	case *Line:
		return words("line", string(x.ID), string(x.State), num(int(x.Amount)), mark(x.First != "", "first "+x.First))
	case *Case:
		return words("case", string(x.Kind), string(x.State), string(x.Choice))
	}
	return standsShared(r)
}

// standsShared is stands for people, shops and what many share.
func standsShared(r Row) string {
	switch x := r.(type) {
	case *Stock:
		return words("stock", string(x.Store), fmt.Sprintf("%d, aside %d", x.N, len(x.Aside)))
	case *Budget:
		return fmt.Sprintf("money held %d, due %d, paid %d, settled %d", x.Reserved, x.Due, x.Paid, x.Settled)
	case *Quota:
		return fmt.Sprintf("slots %d, in line %d", len(x.Held), len(x.Line))
	case *Title:
		return words("title", x.Name, num(int(x.Price)))
	case *Store:
		return words("store", string(x.ID), mark(x.Paused, "paused"), mark(x.Successor != "", "closed to "+string(x.Successor)))
	case *Resident:
		return words("resident", string(x.ID), "open", num(x.Open), mark(x.Blocked, "blocked"), mark(x.Erase && !x.Erased, "to be erased"), mark(x.Erased, "erased"))
	case *Device:
		return words("pc", string(x.ID), string(x.State), mark(x.Frozen != "", "frozen"))
	case *EnrolCode:
		return words("code", x.Hash, "for", string(x.Store), mark(x.Device != "", "used by "+string(x.Device)))
	case *Clerk:
		return words("clerk", string(x.ID), mark(x.Owner, "owner"), mark(x.Gone, "gone"))
	case *PolicyRow:
		return words("rules from", string(x.From))
	}
	return ""
}

func words(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

func mark(is bool, word string) string {
	if is {
		return word
	}
	return ""
}
