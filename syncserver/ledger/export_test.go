package ledger

import "github.com/bookpayback/bookpayback/shared/payback"

// Unknown makes a ledger act as an older program that does not know kinds.
func (l *Ledger) Unknown(kinds ...payback.Kind) { l.unknown = kinds }
