package counter_test

import (
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// pick opens the row of a setting.
func (w *world) setting(name string) counter.Screen {
	w.t.Helper()
	w.key("Ctrl+5")
	return w.do(counter.Event{Pick: "set/" + name})
}

func (w *world) kept() counter.Settings {
	w.t.Helper()
	s, err := w.c.Settings(w.t.Context())
	must(w.t, err)
	return s
}

func TestSettingsAreAListWithAQuestionEach(t *testing.T) {
	w := newWorld(t, "ko")
	var used []counter.Settings
	heard := 0
	p := w.printing(func(e *counter.DeskEnv) {
		e.Use = func(s counter.Settings) error {
			if strings.HasPrefix(s.Slip, "nonsense") {
				return fault.New(fault.Invalid, "print.bad_printer", "Text", s.Slip)
			}
			used = append(used, s)
			return nil
		}
		e.Hear = func() { heard++ }
	})
	w.key("Ctrl+5")
	if len(w.last.List.Rows) != 7 || !w.last.Tabs[len(w.last.Tabs)-1].On {
		t.Fatalf("%d settings, tabs %+v", len(w.last.List.Rows), w.last.Tabs)
	}
	w.key("1")
	w.key("2")
	if len(p.papers) != 2 || p.papers[0].Sheet.Size == p.papers[1].Sheet.Size {
		t.Errorf("test pages: %+v", p.papers)
	}
	w.key("3")
	if heard != 1 {
		t.Error("the tones were not played")
	}
	w.key("Down")
	w.key("Down") // walking on opens the next setting though there is a field
	w.holds("목록 프린터")
	w.setting("slip")
	w.enter("slip", "nonsense:x")
	w.says(assets.StateNot, "nonsense:x")
	w.enter("slip", "tcp:192.0.2.7")
	w.says(assets.StateDone, "저장했습니다")
	w.setting("volume")
	w.enter("volume", "101")
	w.says(assets.StateNot, "0에서 100")
	w.enter("volume", "0")
	w.setting("full")
	w.key("1")
	if got := w.kept(); got.Slip != "tcp:192.0.2.7" || got.Volume != 0 || !got.Full || len(used) != 3 || used[2] != got {
		t.Errorf("kept %+v, used %+v", got, used)
	}
}

func TestLanguageChangesAtOnce(t *testing.T) {
	w := newWorld(t, "ko")
	w.printing()
	w.setting("lang")
	w.key("2")
	if w.last.Lang != "en" || w.last.Tabs[0].Word != "Today" || w.kept().Lang != "en" {
		t.Errorf("the screen speaks %q: %+v", w.last.Lang, w.last.Tabs[0])
	}
}

func TestTheOwnersSettingsAskForThePIN(t *testing.T) {
	w := newWorld(t, "ko")
	w.printing()
	w.setting("auto")
	w.key("1") // nobody has a PIN yet
	if !w.kept().Auto {
		t.Error("without any PIN it can't be changed")
	}
	hash, err := keys.HashPassword("2468", strings.NewReader(strings.Repeat("x", 64)))
	must(t, err)
	w.serve(&payback.Clerk{ID: "k1", Store: shopID, Owner: true, PIN: hash})
	w.setting("auto")
	w.key("2")
	w.enter("pin", "1111")
	if !w.kept().Auto {
		t.Error("a wrong PIN changed it")
	}
	w.enter("pin", "2468")
	if w.kept().Auto {
		t.Error("the owner's PIN did not change it")
	}
}

func TestWhatWasGivenAtTheStartSaysSo(t *testing.T) {
	w := newWorld(t, "ko")
	w.printing(func(e *counter.DeskEnv) { e.Forced = map[string]bool{"scanner": true} })
	w.setting("scanner")
	w.holds("실행 옵션")
}
