package command_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/command"
	"github.com/bookpayback/bookpayback/shared/fault"
)

func TestClockShiftsAreDaysAndADurationWithASign(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": 0, "+22d3h": 22*day + 3*time.Hour, "-1h": -time.Hour, "+1d": day, "-2d30m10s": -(2*day + 30*time.Minute + 10*time.Second), "+99999d": 99_999 * day,
	} {
		if got, err := command.ClockShift(text); err != nil || got != want {
			t.Errorf("%q: got %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"1h", "+", "+d", "22d", "+22", "+1.5h", "+3h2d", "+1d2", "+1w", "soon", "+100000d"} {
		if _, err := command.ClockShift(text); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", text, err)
		}
	}
}

func TestEnglishUnderLangCAndKoreanWhenAsked(t *testing.T) {
	for _, c := range []struct {
		locale, chosen string
		args           []string
		want           string
	}{
		{"C", "", nil, "en"},
		{"ko_KR.UTF-8", "", nil, "ko"},
		{"C", "ko", nil, "ko"},
		{"C", "en", []string{"--lang", "ko"}, "ko"},
		{"ko_KR.UTF-8", "", []string{"--lang=en"}, "en"},
		{"C", "", []string{"--lang"}, "en"},
	} {
		env := func(name string) string {
			return map[string]string{"LANG": c.locale, "BOOKPAYBACK_LANG": c.chosen}[name]
		}
		if got := command.Language(c.args, env, command.Locale(env)); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestHelpEndsWithDoneAndListsTheExitCodes(t *testing.T) {
	var out bytes.Buffer
	p := command.Command{Name: "p", Text: "It does.", Without: []int{fault.ExitWaiting}, Say: assets.NewSpeaker("en"), Out: &out, News: &out}
	var flags struct {
		Go struct{} `cmd:""`
	}
	refused := ""
	run := func(args ...string) int {
		return p.Run(&flags, args, func(problem string) { refused = problem }, func(*kong.Context) int { return 7 })
	}
	if code := run("--help"); code != fault.ExitDone || !strings.Contains(out.String(), "  9  ") || strings.Contains(out.String(), "  8  ") {
		t.Errorf("code %d: %s", code, out.String())
	}
	if code := run("go"); code != 7 {
		t.Errorf("code %d of what was done", code)
	}
	if code := run("nowhere"); code != fault.ExitUsage || refused == "" {
		t.Errorf("code %d, refused %q", code, refused)
	}
}
