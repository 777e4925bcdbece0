package webtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
)

var (
	saidKey   = regexp.MustCompile(`\bt "([a-z0-9_.]+)"`)
	forbidden = regexp.MustCompile(`\s(style|on[a-z]+)=|javascript:|<style|<script`)
)

// Templates checks the templates of a folder: every message that they name is
// there in both languages, and nothing in them is what the site's policy forbids
// a browser to run.
func Templates(t testing.TB, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.html"))
	Must(t, err)
	if len(names) == 0 {
		t.Fatal("no templates in ", dir)
	}
	ko, en := assets.NewSpeaker("ko"), assets.NewSpeaker("en")
	for _, name := range names {
		text, err := os.ReadFile(name)
		Must(t, err)
		for _, m := range saidKey.FindAllStringSubmatch(string(text), -1) {
			if !ko.Has(m[1]) || !en.Has(m[1]) {
				t.Errorf("%s: there is no message %s", filepath.Base(name), m[1])
			}
		}
		if bad := forbidden.FindString(string(text)); bad != "" {
			t.Errorf("%s has %q, which the policy forbids", filepath.Base(name), strings.TrimSpace(bad))
		}
	}
}

// Families checks that a message is there in both languages for each value of a
// key's last part.
func Families[T ~string](t testing.TB, prefix string, values ...T) {
	t.Helper()
	ko, en := assets.NewSpeaker("ko"), assets.NewSpeaker("en")
	for _, v := range values {
		if key := prefix + string(v); !ko.Has(key) || !en.Has(key) {
			t.Errorf("there is no message %s", key)
		}
	}
}
