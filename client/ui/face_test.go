package ui

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

var ko, en = assets.NewSpeaker("ko"), assets.NewSpeaker("en")

var update = flag.Bool("update", false, "write the golden files anew")

// stand is a face over a desk that shows one screen and keeps what it is told.
type stand struct {
	t      *testing.T
	face   *Face
	window fyne.Window
	screen counter.Screen
	events []counter.Event // but for Typed ones
	typed  []counter.Typed
	nowMs  int64
	timers []timer
	sounds []counter.Sound
	answer func(counter.Event) // what the desk does before it shows its screen
}

type timer struct {
	at int64
	do func()
}

func newStand(t *testing.T, screen counter.Screen, size fyne.Size, opts Options) *stand {
	t.Helper()
	test.NewTempApp(t)
	s := &stand{t: t, screen: screen, nowMs: 1_000_000}
	s.window = test.NewTempWindow(t, nil)
	opts.Now = func() time.Time { return time.UnixMilli(s.nowMs) }
	opts.After = func(wait time.Duration, do func()) {
		s.timers = append(s.timers, timer{s.nowMs + wait.Milliseconds(), do})
	}
	opts.Play = func(sound counter.Sound) { s.sounds = append(s.sounds, sound) }
	s.face = New(t.Context(), s.window, s.handle, opts)
	s.window.Resize(size)
	s.events, s.sounds = nil, nil
	return s
}

func (s *stand) handle(_ context.Context, event counter.Event) counter.Screen {
	if event.Typed != nil {
		s.typed = append(s.typed, *event.Typed)
		return s.screen
	}
	s.events = append(s.events, event)
	if s.answer != nil {
		s.answer(event)
	}
	return s.screen
}

// pass lets time go by and does what was to be done in it.
func (s *stand) pass(ms int64) {
	end := s.nowMs + ms
	for {
		next := -1
		for i, t := range s.timers {
			if t.at <= end && (next < 0 || t.at < s.timers[next].at) {
				next = i
			}
		}
		if next < 0 {
			s.nowMs = end
			return
		}
		due := s.timers[next]
		s.timers = append(s.timers[:next:next], s.timers[next+1:]...)
		s.nowMs = max(s.nowMs, due.at)
		due.do()
	}
}

// key presses a key as the window's driver delivers it, to what is focused or else
// to the canvas.
func (s *stand) key(name fyne.KeyName) {
	event := &fyne.KeyEvent{Name: name}
	if focused := s.window.Canvas().Focused(); focused != nil {
		focused.TypedKey(event)
		return
	}
	s.window.Canvas().OnTypedKey()(event)
}

// signs types signs, each after gap ms.
func (s *stand) signs(text string, gap int64) {
	for _, r := range text {
		s.pass(gap)
		if focused := s.window.Canvas().Focused(); focused != nil {
			focused.TypedRune(r)
		} else {
			s.window.Canvas().OnTypedRune()(r)
		}
	}
}

// scan sends a code with Enter as a wedge scanner does.
func (s *stand) scan(code string, gap int64) {
	s.signs(code, gap)
	s.pass(gap)
	s.key(fyne.KeyReturn)
}

func (s *stand) goldenMarkup(path string) {
	s.t.Helper()
	got := test.RenderToMarkup(s.window.Canvas())
	if *update {
		write(s.t, path, []byte(got))
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if got != string(want) {
		failed := filepath.Join(s.t.ArtifactDir(), filepath.Base(path))
		write(s.t, failed, []byte(got))
		s.t.Errorf("the window differs from %s; with -artifacts it stays in %s", path, failed)
	}
}

func (s *stand) goldenImage(path string) {
	s.t.Helper()
	got := s.window.Canvas().Capture()
	if *update {
		writePNG(s.t, path, got)
		return
	}
	file, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	want, err := png.Decode(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if different := differing(got, want); different > 0.001 {
		failed := filepath.Join(s.t.ArtifactDir(), filepath.Base(path))
		writePNG(s.t, failed, got)
		s.t.Errorf("%.2f %% of the pixels differ from %s; with -artifacts the picture stays in %s", 100*different, path, failed)
	}
}

// differing returns the share of pixels that differ by more than rounding does
// between processors; 1 for other sizes.
func differing(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 1
	}
	const slack = 0x1400
	count := 0
	bounds := a.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2)} {
				if d > slack || d < -slack {
					count++
					break
				}
			}
		}
	}
	return float64(count) / float64(bounds.Dx()*bounds.Dy())
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func writePNG(t *testing.T, path string, picture image.Image) {
	t.Helper()
	write(t, path, nil)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
}

var full = fyne.NewSize(1024, 768)

// scene is a screen as the golden pictures show it.
type scene struct {
	name   string
	screen counter.Screen
	size   fyne.Size
	opts   Options
	typed  string
	markup bool // its structure is compared as well
}

func scenes() []scene {
	small := fyne.NewSize(512, 384) // a screen of 1024 by 768 at 200 %
	return []scene{
		{"return-ko", returnKo(), full, Options{Words: ko}, "3052", true},
		{"return-en", returnEn(), full, Options{Words: en}, "3052", true},
		{"return-dark-ko", returnKo(), full, Options{Words: ko, Dark: true}, "3052", false},
		{"return-small-ko", returnKo(), small, Options{Words: ko}, "3052", false},
		{"requests-ko", requestsKo(), full, Options{Words: ko}, "", true},
		{"requests-en", requestsEn(), full, Options{Words: en}, "", true},
		{"requests-wide-ko", requestsKo(), fyne.NewSize(1366, 740), Options{Words: ko}, "", false},
		{"offline-ko", offlineKo(), full, Options{Words: ko}, "", true},
		{"offline-en", offlineEn(), full, Options{Words: en}, "", true},
		{"offline-small-ko", offlineKo(), small, Options{Words: ko}, "", false},
		{"pin-ko", pinKo(), full, Options{Words: ko}, "2580", false},
		{"requests-small-en", requestsEn(), small, Options{Words: en}, "", false},
		{"requests-small-ko", requestsKo(), small, Options{Words: ko}, "", false},
		{"not-ko", notKo(), full, Options{Words: ko}, "", false},
		{"empty-ko", emptyKo(), full, Options{Words: ko}, "", false},
		{"help-ko", helpKo(), full, Options{Words: ko}, "", false},
		{"settings-ko", settingsKo(), full, Options{Words: ko}, "", false},
		{"settings-small-ko", settingsKo(), small, Options{Words: ko}, "", false},
		{"closing-ko", closingKo(), full, Options{Words: ko}, "", false},
		{"closing-small-ko", closingKo(), small, Options{Words: ko}, "", false},
	}
}

func TestScenesLookAsDesigned(t *testing.T) {
	if os.Getenv("BOOKPAYBACK_RACE") != "" {
		t.Skip("painting is one goroutine's work, and slow under the race detector")
	}
	for _, scene := range scenes() {
		t.Run(scene.name, func(t *testing.T) {
			s := newStand(t, scene.screen, scene.size, scene.opts)
			s.signs(scene.typed, 200)
			s.goldenImage(filepath.Join("testdata", scene.name+".png"))
			if scene.markup {
				s.goldenMarkup(filepath.Join("testdata", scene.name+".xml"))
			}
		})
	}
}

// TestScreenshots writes the scenes for people to look at; see make screenshots.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BOOKPAYBACK_SCREENSHOTS")
	if dir == "" {
		t.Skip("no BOOKPAYBACK_SCREENSHOTS")
	}
	for _, scene := range scenes() {
		s := newStand(t, scene.screen, scene.size, scene.opts)
		s.signs(scene.typed, 200)
		writePNG(t, filepath.Join(dir, "counter-"+scene.name+".png"), s.window.Canvas().Capture())
	}
}

func TestEveryScanArrivesAtFullSpeed(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	for i := range 200 {
		code := ean(i)
		s.scan(code, 1)
		if got := s.events[len(s.events)-1].Scan; got != code {
			t.Fatalf("scan %d: got %q, want %q", i, got, code)
		}
	}
	if len(s.events) != 200 {
		t.Errorf("got %d events, want 200", len(s.events))
	}
	if s.window.Canvas().Focused() != fyne.Focusable(s.face.scan) {
		t.Error("the scan field is not focused")
	}
}

// ean returns the i-th of a row of right ISBNs.
func ean(i int) string {
	code := fmt.Sprintf("978%09d", 893640000+i)
	sum := 0
	for at, r := range code {
		sum += int(r-'0') * (1 + 2*(at%2))
	}
	return code + fmt.Sprint((10-sum%10)%10)
}
