package keys_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/keys"
)

func TestACardHasOneTagHoweverItIsTyped(t *testing.T) {
	key := make([]byte, 32)
	want := keys.Tag(key, "card", "AB2976") // as counters out there made it
	for _, typed := range []string{"AB2976", "ab-2976", " a b 2 9 7 6\n", "ab２９７６"} {
		if got := keys.CardTag(key, typed); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
	for _, none := range []string{"", " - ", "·"} {
		if got := keys.CardTag(key, none); got != "" {
			t.Errorf("%q has the tag %s", none, got)
		}
	}
}
