package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// runCounter runs the program in this process, in English unless told otherwise.
func runCounter(t *testing.T, args ...string) (code int, out, news string) {
	t.Helper()
	for _, name := range []string{"BOOKPAYBACK_DATA", "BOOKPAYBACK_LANG", "BOOKPAYBACK_CLOCK", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if _, set := os.LookupEnv(name); set && name != "BOOKPAYBACK_CLOCK" {
			t.Setenv(name, "")
		}
	}
	var o, e bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	code = run(ctx, args, &o, &e)
	return code, o.String(), e.String()
}

func TestAboutEqualsFyneAppToml(t *testing.T) {
	raw, err := os.ReadFile("../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Name": fmt.Sprintf("%q", appName), "ID": fmt.Sprintf("%q", appID), "Version": fmt.Sprintf("%q", appVersion), "Build": fmt.Sprint(appBuild),
	} {
		found := regexp.MustCompile(`(?m)^\s*` + name + `\s*=\s*(.+?)\s*$`).FindSubmatch(raw)
		if found == nil || string(found[1]) != want {
			t.Errorf("%s: FyneApp.toml has %s, about.go %s", name, found, want)
		}
	}
}

func TestWrongUsageEndsWithTwoAndOneSentence(t *testing.T) {
	for _, args := range [][]string{{"frobnicate"}, {"--nothing"}, {"--lang", "xx", "version"}, {"version", "more"}} {
		code, out, news := runCounter(t, args...)
		if code != fault.ExitUsage || out != "" || strings.Count(news, "\n") != 1 || !strings.Contains(news, "counter --help") {
			t.Errorf("%v: code %d, out %q, news %q", args, code, out, news)
		}
	}
	_, _, news := runCounter(t, "--lang=ko", "frobnicate")
	if !strings.Contains(news, "사용법") {
		t.Errorf("in Korean: %q", news)
	}
}

func TestVersionNeedsNoDataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	code, out, news := runCounter(t, "--data", dir, "version")
	if code != 0 || out != appName+" "+version+"\n" || news != "" {
		t.Errorf("code %d, out %q, news %q", code, out, news)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}

func TestHelpListsExitCodesVerbsAndFlags(t *testing.T) {
	code, out, _ := runCounter(t, "--help")
	if code != 0 {
		t.Errorf("code %d", code)
	}
	for _, want := range []string{"--data", "--json", "--lang", "terminal", "walkin", "  8  recorded, waiting to be sent", "  9  another program", "BOOKPAYBACK_DATA"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in the help:\n%s", want, out)
		}
	}
	_, out, _ = runCounter(t, "--lang", "ko", "--help")
	if !strings.Contains(out, "종료 코드") {
		t.Errorf("the help is not in Korean:\n%s", out)
	}
}

func TestNamedFolderWithoutDataIsNotFound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "typo")
	for _, verb := range []string{"terminal", "status"} {
		code, _, news := runCounter(t, "--json", "--data", dir, verb)
		var failed struct {
			Error struct{ Code, Key string }
			Text  string
		}
		err := json.Unmarshal([]byte(news), &failed)
		if code != fault.Exit(fault.NotFound) || err != nil || failed.Error.Key != "main.no_folder" || !strings.Contains(failed.Text, dir) {
			t.Errorf("%s: code %d, news %q", verb, code, news)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s made the folder", verb)
		}
	}
}

func TestEnrolMakesTheFolderAndSaysWhyItFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	code, out, news := runCounter(t, "--data", dir, "enrol", "--server", "http://library.example", "--code", "7K3M-Q2ZX-0F1A")
	if code != fault.ExitUsage || out != "" || !strings.Contains(news, "https") {
		t.Errorf("code %d, out %q, news %q", code, out, news)
	}
}

func TestVerifyFindsNothingWrongWithANewFolder(t *testing.T) {
	code, out, news := runCounter(t, "--data", madeFolder(t), "verify")
	if code != 0 || out == "" || news != "" {
		t.Errorf("code %d, out %q, news %q", code, out, news)
	}
}

func TestStatusOfAFolderThatIsNotEnrolledSaysSo(t *testing.T) {
	code, out, _ := runCounter(t, "--data", madeFolder(t), "--json", "status")
	if code != 5 || !strings.Contains(out, `"enrolled":false`) {
		t.Errorf("code %d, out %q", code, out)
	}
}

// madeFolder returns a data folder that a counter has worked on.
func madeFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	f, err := openFolder(t.Context(), dir, use{face: faceVerb, create: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSecondFaceOnAFolderEndsWithNineAndSaysSo(t *testing.T) {
	dir := madeFolder(t)
	lock, err := sqlitefile.TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	code, _, news := runCounter(t, "--data", dir, "terminal")
	if code != fault.ExitHeld || !strings.Contains(news, "already open") || !strings.Contains(news, fmt.Sprint(os.Getpid())) {
		t.Errorf("code %d, news %q", code, news)
	}
}

func TestVerbGoesOnBesideAFaceInItsRun(t *testing.T) {
	dir := madeFolder(t)
	face, err := openFolder(t.Context(), dir, use{face: faceTerminal})
	if err != nil {
		t.Fatal(err)
	}
	defer face.close()
	verb, err := openFolder(t.Context(), dir, use{face: faceVerb})
	if err != nil {
		t.Fatal(err)
	}
	if verb.lock != nil {
		t.Error("the verb took the lock")
	}
	if err := verb.close(); err != nil {
		t.Error(err)
	}
	if held, _, err := sqlitefile.Held(dir); !held || err != nil {
		t.Errorf("the face lost its lock: %v %v", held, err)
	}
}

func TestShiftedClockIsIgnoredOutsideADemonstration(t *testing.T) {
	f, err := openFolder(t.Context(), t.TempDir(), use{face: faceVerb, create: true, shift: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if f.shifted || !f.ignored {
		t.Errorf("shifted %v, ignored %v", f.shifted, f.ignored)
	}
}

func TestShiftedClockCountsInADemonstration(t *testing.T) {
	dir := madeFolder(t)
	f, err := openFolder(t.Context(), dir, use{face: faceVerb})
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := f.db.Enrolment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Device, e.Store, e.Demo = "d1", "s01", true
	if err := f.db.SetEnrolment(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	const shift = 22 * 24 * time.Hour
	f, err = openFolder(t.Context(), dir, use{face: faceVerb, shift: shift})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if !f.shifted {
		t.Fatal("the shift does not count")
	}
	stamped := time.UnixMilli(f.db.Watch().Stamp().Wall)
	if got := stamped.Sub(time.Now().Add(shift)).Abs(); got > time.Minute {
		t.Errorf("acts are dated %v, want about now and 22 days", stamped)
	}
}

func TestAClockThatIsNoneIsRefused(t *testing.T) {
	t.Setenv("BOOKPAYBACK_CLOCK", "soon")
	if code, _, news := runCounter(t, "version"); code != fault.ExitUsage || !strings.Contains(news, "soon") {
		t.Errorf("code %d, news %q", code, news)
	}
}

func TestEveryExitCodeHasItsWords(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		say := assets.NewSpeaker(lang)
		for code := fault.ExitDone; code <= fault.ExitHeld; code++ {
			if key := fmt.Sprintf("main.exit_%d", code); !say.Has(key) {
				t.Errorf("%s: no %s", lang, key)
			}
		}
	}
}
