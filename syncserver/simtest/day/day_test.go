package day

import (
	"os"
	"path/filepath"
	"testing"
)

// TestADayFromTheRequestToTheLibraryShelf plays the day with the built programs,
// which BOOKPAYBACK_BUILD names (make test builds them).
func TestADayFromTheRequestToTheLibraryShelf(t *testing.T) {
	build := os.Getenv("BOOKPAYBACK_BUILD")
	if build == "" {
		t.Skip("BOOKPAYBACK_BUILD does not name the built programs")
	}
	for _, lang := range []string{"ko", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			p, err := Play(t.Context(), Options{Server: filepath.Join(build, "syncserver"), Counter: filepath.Join(build, "counter"),
				Dir: t.TempDir(), Lang: lang, Out: t.Output()})
			if err != nil {
				t.Fatal(err)
			}
			p.Stop()
			if len(p.Digests) == 0 {
				t.Error("nothing was compared at the end")
			}
		})
	}
}
