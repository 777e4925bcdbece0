package stamp

import (
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func TestIDsAreVersionSevenOfTheInjectedTime(t *testing.T) {
	id, err := uuid.Parse(NewIDs(func() time.Time { return day }, seeded(1)).New())
	if err != nil {
		t.Fatal(err)
	}
	if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
		t.Errorf("got version %d, variant %d", id.Version(), id.Variant())
	}
	sec, nsec := id.Time().UnixTime()
	if got := time.Unix(sec, nsec); !got.Equal(day) {
		t.Errorf("got %v, want %v", got, day)
	}
}

func TestIDsOfOneSourceIncreaseWhateverTheClockDoes(t *testing.T) {
	now := day
	ids := NewIDs(func() time.Time { return now }, seeded(2))
	last := ""
	for i := range 20_000 {
		switch i {
		case 9_000:
			now = now.AddDate(-40, 0, 0)
		case 12_000:
			now = time.UnixMilli(-5)
		case 15_000:
			now = day.Add(time.Hour)
		}
		id := ids.New()
		if id <= last {
			t.Fatalf("%s after %s (number %d)", id, last, i)
		}
		last = id
	}
}

func TestSameSeedGivesSameIDs(t *testing.T) {
	clock := func() time.Time { return day }
	a, b := NewIDs(clock, seeded(3)), NewIDs(clock, seeded(3))
	if x, y := a.New(), b.New(); x != y {
		t.Errorf("%s and %s", x, y)
	}
	if x, y := a.Code(3), b.Code(3); x != y {
		t.Errorf("%s and %s", x, y)
	}
}

func TestIDsOfManyGoroutinesDiffer(t *testing.T) {
	ids := NewIDs(func() time.Time { return day }, seeded(4))
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				id := ids.New()
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 4000 {
		t.Errorf("got %d different ids, want 4000", len(seen))
	}
}

func TestWithoutChanceThereAreNoIDs(t *testing.T) {
	ids := NewIDs(func() time.Time { return day }, broken{})
	for name, make := range map[string]func(){"id": func() { ids.New() }, "code": func() { ids.Code(1) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was made", name)
				}
			}()
			make()
		}()
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestCodesComeInGroupsAndAreReadAsTyped(t *testing.T) {
	ids := NewIDs(func() time.Time { return day }, seeded(5))
	for groups, length := range map[int]int{-1: 4, 0: 4, 1: 4, 3: 14, 16: 79, 17: 79} {
		code := ids.Code(groups)
		if len(code) != length {
			t.Errorf("%d groups: got %q", groups, code)
		}
		if back, ok := ReadCode(code); !ok || back != code {
			t.Errorf("%q was read as %q", code, back)
		}
	}
	for typed, want := range map[string]string{
		"abcd-efgh": "ABCD-EFGH", " abcdefgh ": "ABCD-EFGH", "oOiIlL12": "0011-1112", "AB CD–E": "ABCD-E",
	} {
		if got, ok := ReadCode(typed); !ok || got != want {
			t.Errorf("%q: got %q %v, want %q", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", " - ", "ABCU", "가나다라", "AB*D"} {
		if got, ok := ReadCode(typed); ok {
			t.Errorf("%q was read as %q", typed, got)
		}
	}
}

func TestGroupedIsCrockford(t *testing.T) {
	if got, want := Grouped([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 255}), "000G-40R4-0M30-E27Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
