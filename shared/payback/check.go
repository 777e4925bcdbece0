package payback

// The limits of a body, so that every input is bounded.
const (
	MaxNote   = 500  // bytes of a note or a reason in free words
	MaxRows   = 1000 // rows of an upsert, ids of a list
	MaxAmount = 10_000_000
	MaxFaults = 8
)

// idOK says that an id is there and within its bound.
func idOK[T ~string](ids ...T) bool {
	for _, id := range ids {
		if id == "" || len(id) > MaxID {
			return false
		}
	}
	return true
}

// short says that texts are within their bound; they may be empty.
func short[T ~string](limit int, ts ...T) bool {
	for _, t := range ts {
		if len(t) > limit {
			return false
		}
	}
	return true
}

// bad is the reason of a body that can't be right; field names what is wrong.
func bad(field string) Reason { return why("bad_field", "field", field) }

// first returns the first bad field of (ok, name) pairs, or no reason.
func first(pairs ...any) Reason {
	for i := 0; i+1 < len(pairs); i += 2 {
		if ok, _ := pairs[i].(bool); !ok {
			name, _ := pairs[i+1].(string)
			return bad(name)
		}
	}
	return Reason{}
}
