package term

import "testing"

func TestClerksAreAddedListedAndDisabledByVerbs(t *testing.T) {
	s := newScene(t)
	s.want(6, "", "clerk", "add", "Kim", "--new-pin", "1357")
}
