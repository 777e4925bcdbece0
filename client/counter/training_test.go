package counter_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

func TestTheTenTasksCanBeDone(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		chance := rand.NewChaCha8([32]byte{7})
		clock := stamp.NewManual(at, "boot")
		ids := stamp.NewIDs(stamp.Times(clock), chance)
		d, err := db.Open(t.Context(), t.TempDir(), db.Env{Clock: clock, IDs: ids, Chance: chance})
		must(t, err)
		t.Cleanup(func() { d.Close() })
		must(t, counter.SeedTraining(t.Context(), d, at.UnixMilli(), chance))
		must(t, d.BeginRun(t.Context()))
		w := &world{t: t, clock: clock, db: d}
		w.c = counter.New(d, counter.Env{Clock: clock, IDs: ids, Chance: chance})
		w.desk = counter.NewDesk(w.c, counter.DeskEnv{Words: assets.NewSpeaker(lang), Train: true})
		tasks := []func(){
			func() { w.scan("9791161571188"); w.key("2") },
			func() { w.scan("9788937473135"); w.key("1"); w.key("1") },
			func() { w.scan("9788937473135") },
			func() { w.scan("9791167372864"); w.key("1") },
			func() { w.scan("9788937473401"); w.key("2"); w.key("1"); w.key("2") },
			func() { w.scan("9788936434267") },
			func() { w.key("F3"); w.key("3"); w.key("1") },
			func() { w.key("F8"); w.key("1") },
			func() { w.do(counter.Event{Tab: counter.TabBoxes}); w.key("Down"); w.key("1") },
			func() { w.do(counter.Event{Tab: counter.TabClosing}); w.key("Enter") },
		}
		for i, do := range tasks {
			do()
			band := w.last.Band
			w.do(counter.Event{Tab: counter.TabToday})
			w.key("Esc")
			done := 0
			for _, l := range w.last.Panel.Lines {
				if l.Mark == assets.StateDone {
					done++
				}
			}
			if done != i+1 || w.last.Header.Demo == "" {
				t.Fatalf("%s: task %d: %d done, %+v, %s", lang, i+1, done, band, strings.ToUpper(w.last.Panel.Head))
			}
		}
	}
}
