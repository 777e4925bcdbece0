package term_test

import (
	"encoding/json"
	"testing"

	"github.com/bookpayback/bookpayback/client/term"
)

func TestClerksAreAddedListedAndDisabledByVerbs(t *testing.T) {
	s := newShop(t)
	s.want(5, "", "--wait=0s", "clerk", "add", "Kim", "--new-pin", "1357") // the first is an owner
	s.want(8, "Saved", "--wait=0s", "clerk", "add", "Park", "--owner", "--new-pin", "2468")
	s.want(5, "", "--wait=0s", "clerk", "add", "Kim", "--new-pin", "1357", "--pin", "1111")
	s.want(8, "Saved", "--wait=0s", "clerk", "add", "Kim", "--new-pin", "1357", "--pin", "2468")
	s.want(4, "in use", "--wait=0s", "clerk", "add", "Lee", "--new-pin", "1357", "--pin", "2468")
	var out []term.ClerkJSON
	if err := json.Unmarshal([]byte(s.want(0, "Kim", "--json", "clerk", "list")), &out); err != nil || len(out) != 2 || !out[0].Owner || out[1].Name != "Kim" {
		t.Fatalf("listed %+v, %v", out, err)
	}
	s.want(4, "one owner", "--wait=0s", "clerk", "disable", string(out[0].ID), "--pin", "2468")
	s.want(8, "no longer works", "--wait=0s", "clerk", "disable", string(out[1].ID), "--pin", "2468")
	s.want(3, "", "clerk", "disable", "x")
}
