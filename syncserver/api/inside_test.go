package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func TestNoNonceIsForgottenBeforeItsTime(t *testing.T) {
	n, at := newNonces(), time.UnixMilli(0)
	for i := range noncesEach {
		if err := n.use("d", fmt.Sprint(i), at.Add(time.Duration(i)*time.Millisecond)); err != nil {
			t.Fatalf("nonce %d: %v", i, err)
		}
	}
	last := at.Add(noncesEach * time.Millisecond)
	if err := n.use("d", "one more", last); fault.CodeOf(err) != fault.Limited {
		t.Errorf("beyond the bound: got %v", err)
	}
	if err := n.use("d", "0", at.Add(nonceLife-1)); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("at the end of its life: got %v", err)
	}
	if err := n.use("other", "0", last); err != nil {
		t.Errorf("of another device: %v", err)
	}
	if err := n.use("d", "0", at.Add(nonceLife)); err != nil {
		t.Errorf("after its life: %v", err)
	}
	if err := n.use("d", "1", at.Add(nonceLife)); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the next one, a millisecond younger: got %v", err)
	}
}

func TestNoncesHaveSoManyOwners(t *testing.T) {
	n, at := newNonces(), time.UnixMilli(0)
	for i := range nonceOwners {
		if err := n.use(fmt.Sprint(i), "x", at); err != nil {
			t.Fatalf("owner %d: %v", i, err)
		}
	}
	if err := n.use("late", "x", at); fault.CodeOf(err) != fault.Limited {
		t.Errorf("one owner more: got %v", err)
	}
	if err := n.use("late", "x", at.Add(nonceLife)); err != nil || len(n.of) != 1 {
		t.Errorf("when the others' are old: %v, %d owners", err, len(n.of))
	}
}

func TestLimitsStayBounded(t *testing.T) {
	l, at := newLimits(1, 2), time.UnixMilli(0)
	for i := range maxCounted {
		l.allow(fmt.Sprint(i), at)
	}
	// All are busy: new names share one count of two.
	for i, want := range []bool{true, true, false} {
		if ok, _ := l.allow(fmt.Sprint("new", i), at); ok != want {
			t.Errorf("new name %d: got %v", i, ok)
		}
	}
	if ok, _ := l.allow("later", at.Add(time.Second)); !ok || len(l.of) != 1 {
		t.Errorf("a second later: %v, %d names", ok, len(l.of))
	}
}

func TestOnlyAProxyOnThisMachineSaysWhoAsks(t *testing.T) {
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:99", "", "192.0.2.1"},
		{"192.0.2.1:99", "198.51.100.7", "192.0.2.1"},
		{"127.0.0.1:99", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:99", "10.0.0.1, 198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:99", "not an address", "127.0.0.1"},
		{"[::1]:99", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:99", "", "192.0.2.1"},
		{"[2001:db8:1:2:3:4:5:6]:99", "", "2001:db8:1:2::/64"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := place(caller(r)); got != c.want {
			t.Errorf("%s for %q: got %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestIDsOfDevicesArePlain(t *testing.T) {
	for id, want := range map[string]bool{"d1": true, "0192f0aa-1111-7000-8000-000000000001": true, "": false, "a/b": false, "a b": false, "가": false, "a\n": false} {
		if got := plainID(id); got != want {
			t.Errorf("%q: got %v", id, got)
		}
	}
	long := "0123456789012345678901234567890123456789012345678901234567890123"
	for id, want := range map[string]bool{long[:63]: true, long: true, long + "0": false} {
		if got := plainID(id); got != want {
			t.Errorf("%d bytes: got %v", len(id), got)
		}
	}
}
