package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWrapKeepsCodeKeyAndArgs(t *testing.T) {
	cause := errors.New("disk said no")
	inner := New(Conflict, "request.taken", "Number", "0412").Because(cause)
	err := Wrap("counter.Accept", fmt.Errorf("while asking: %w", Wrap("db.Accept", inner)))
	if got := CodeOf(err); got != Conflict {
		t.Errorf("code: got %q, want %q", got, Conflict)
	}
	key, args := Message(err)
	if key != "request.taken" || args["Number"] != "0412" {
		t.Errorf("message: got %q %v", key, args)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "counter.Accept: while asking: db.Accept: conflict (request.taken): disk said no"; got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
}

func TestWrapOfNilIsNil(t *testing.T) {
	if err := Wrap("anywhere", nil); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if CodeOf(nil) != "" || As(nil) != nil || ExitOf(nil) != ExitDone {
		t.Error("nil is not a fault")
	}
}

func TestUnknownErrorsAreInternalAndEndedContextsUnavailable(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		err  error
		want Code
	}{
		{errors.New("x"), Internal},
		{ctx.Err(), Unavailable},
		{fmt.Errorf("q: %w", context.DeadlineExceeded), Unavailable},
		{Wrap("a", context.Canceled), Unavailable},
		{New(Limited, "").Because(context.Canceled), Limited},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}

func TestOperatorsTextHoldsNoArgs(t *testing.T) {
	err := Wrap("vault.Find", New(NotFound, "resident.unknown", "Name", "홍길동"))
	if strings.Contains(err.Error(), "홍길동") {
		t.Errorf("personal data in %q", err)
	}
}

func TestArgWithoutValueGetsTheEmptyValue(t *testing.T) {
	e := New(Invalid, "k", "A", "1", "B")
	if want := (map[string]string{"A": "1", "B": ""}); !maps.Equal(e.Args, want) {
		t.Errorf("got %v, want %v", e.Args, want)
	}
}

func TestBecauseLeavesTheOriginalAlone(t *testing.T) {
	sentinel := New(Unavailable, "k")
	if sentinel.Because(errors.New("x")); sentinel.Err != nil {
		t.Error("the sentinel was changed")
	}
}

func TestEveryCodeHasStatusExitAndBothTexts(t *testing.T) {
	ko, en := messages(t, "ko"), messages(t, "en")
	statuses := map[int]Code{}
	for _, code := range Codes() {
		if other, used := statuses[Status(code)]; used {
			t.Errorf("%s and %s share status %d", code, other, Status(code))
		}
		statuses[Status(code)] = code
		if got := FromStatus(Status(code)); got != code {
			t.Errorf("FromStatus(Status(%s)): got %s", code, got)
		}
		if e := Exit(code); e == ExitDone || e == ExitWaiting || e == ExitHeld {
			t.Errorf("%s has the reserved exit code %d", code, e)
		}
		if key := GenericKey(code); ko[key] == "" || en[key] == "" {
			t.Errorf("no text for %s", key)
		}
	}
}

func TestKoreanAndEnglishTextsHaveTheSameKeysAndFields(t *testing.T) {
	ko, en := messages(t, "ko"), messages(t, "en")
	field := regexp.MustCompile(`\{\{[^}]*\}\}`)
	for key, text := range ko {
		a, b := field.FindAllString(text, -1), field.FindAllString(en[key], -1)
		slices.Sort(a)
		slices.Sort(b)
		if en[key] == "" || !slices.Equal(a, b) {
			t.Errorf("%s differs: %v and %v", key, a, b)
		}
	}
	if len(ko) != len(en) {
		t.Errorf("%d Korean texts, %d English ones", len(ko), len(en))
	}
}

func messages(t *testing.T, lang string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../../assets/messages/fault." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestExitOfKnowsAHeldFolder(t *testing.T) {
	if got := ExitOf(Wrap("main", New(Unavailable, KeyHeld))); got != ExitHeld {
		t.Errorf("got %d, want %d", got, ExitHeld)
	}
	if got := ExitOf(New(Unavailable, "")); got != 7 {
		t.Errorf("got %d, want 7", got)
	}
	if got := ExitOf(errors.New("x")); got != 1 {
		t.Errorf("got %d, want 1", got)
	}
}

func TestStatusesOfOthersAreUnderstood(t *testing.T) {
	for status, want := range map[int]Code{
		200: "", 204: "", 302: Unavailable, 0: Unavailable, 408: Unavailable, 413: Invalid, 422: Invalid,
		410: NotFound, 426: Forbidden, 501: Internal, 502: Unavailable, 504: Unavailable, 511: Unavailable, 599: Internal,
	} {
		if got := FromStatus(status); got != want {
			t.Errorf("%d: got %q, want %q", status, got, want)
		}
	}
	if Status("newer") != 500 || Exit("newer") != 1 {
		t.Error("an unknown code is not internal")
	}
}

func TestWireFormHasCodeKeyAndArgsOnly(t *testing.T) {
	e := New(Limited, "push.too_fast", "Seconds", "30").Because(errors.New("secret path"))
	e.Where = "api.push"
	for _, v := range []any{e, *e, Wrap("x", e)} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(data), `{"code":"limited","key":"push.too_fast","args":{"Seconds":"30"}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	var back Error
	if err := json.Unmarshal([]byte(`{"code":"limited","key":"push.too_fast","args":{"Seconds":"30"},"where":"x"}`), &back); err != nil {
		t.Fatal(err)
	}
	if back.Code != Limited || back.Key != e.Key || back.Args["Seconds"] != "30" || back.Where != "" {
		t.Errorf("got %+v", back)
	}
}

func TestWireFormOfANewerPeerIsStillRead(t *testing.T) {
	var e Error
	if err := json.Unmarshal([]byte(`{"code":"teapot","key":"../../x"}`), &e); err != nil {
		t.Fatal(err)
	}
	if e.Code != Internal || e.Key != "fault.internal" {
		t.Errorf("got %+v", e)
	}
	if err := json.Unmarshal([]byte(`[1]`), &e); err == nil {
		t.Error("a list was read as an error")
	}
}

func TestWireLimits(t *testing.T) {
	for _, c := range []struct {
		key  int
		want bool
	}{{MaxKey - 1, true}, {MaxKey, true}, {MaxKey + 1, false}} {
		key := strings.Repeat("k", c.key)
		if got := tame(wire{Code: Invalid, Key: key}).Key == key; got != c.want {
			t.Errorf("key of %d bytes kept: got %v, want %v", c.key, got, c.want)
		}
	}
	for n, want := range map[int]int{MaxArgs - 1: MaxArgs - 1, MaxArgs: MaxArgs, MaxArgs + 1: 0} {
		args := map[string]string{}
		for i := range n {
			args[fmt.Sprint(i)] = "v"
		}
		if got := len(tame(wire{Args: args}).Args); got != want {
			t.Errorf("%d args: got %d, want %d", n, got, want)
		}
	}
	for n, want := range map[int]int{MaxArg - 1: MaxArg - 1, MaxArg: MaxArg, MaxArg + 1: MaxArg} {
		if got := len(cut(strings.Repeat("a", n))); got != want {
			t.Errorf("arg of %d bytes: got %d, want %d", n, got, want)
		}
	}
	if got := cut(strings.Repeat("가", 200)); len(got) != 498 || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("cut inside a character: %d bytes", len(got))
	}
}

func FuzzWire(f *testing.F) {
	f.Add([]byte(`{"code":"limited","key":"a.b","args":{"A":"1"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var e Error
		if json.Unmarshal(data, &e) != nil {
			return
		}
		if _, known := lookup(e.Code); !known || e.Key == "" || len(e.Key) > MaxKey {
			t.Errorf("untamed: %+v", e)
		}
	})
}
