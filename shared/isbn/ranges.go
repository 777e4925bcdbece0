package isbn

import "strings"

// RangesDated is the month from which the tables below are. The agency keeps cutting new ranges: before 2021 979-11-22 to
// 979-11-24 had not been cut, and with such a table hundreds of books in print get wrong hyphens.
// Source: International ISBN Agency, RangeMessage, as in isbn3 2.0.11 and biblys/isbn of this month, which agree.
// To renew: take groups 978-89 and 979-11 of the newest RangeMessage, and this month.
const RangesDated = "2026-08"

// span is a range of registrants of equal length, both ends in it.
type span struct{ from, to string }

var spans97889 = []span{
	{"00", "24"}, {"250", "549"}, {"5500", "8499"}, {"85000", "94999"}, {"950000", "969999"}, {"97000", "98999"}, {"990", "999"},
}

var spans97911 = []span{
	{"00", "21"}, {"220000", "229999"}, {"23000", "24999"}, {"250", "549"}, {"5500", "8499"}, {"85000", "94999"}, {"950000", "999999"},
}

// registrants returns the ranges of the group of s, nil when it is not a Korean one.
func registrants(s string) []span {
	switch {
	case strings.HasPrefix(s, "97889"):
		return spans97889
	case strings.HasPrefix(s, "97911"):
		return spans97911
	}
	return nil
}
