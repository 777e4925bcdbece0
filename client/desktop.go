//go:build cgo

package main

import (
	"context"
	"os"
	"runtime"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"
	"github.com/go-gl/glfw/v3.4/glfw"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/ui"
	"github.com/bookpayback/bookpayback/shared/release"
)

// The window's size where the screen has room for it: what the pictures show.
const (
	windowWidth  = 1024
	windowHeight = 768
)

// paceKey is the preference that keeps the scanner's pace, in ms a key.
const paceKey = "scanner_pace_ms"

// builtFace is the face that updates of this build have.
const builtFace = release.Desktop

// canShowDesktop reports whether there is a display at all; whether it can draw
// shows only when the window opens.
func canShowDesktop() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// showDesktop shows the desktop face until the clerk leaves or ctx ends. It must be
// called on the main goroutine, once. Its error is errNoWindow where the machine has
// no OpenGL or its display can't be reached; the desk has recorded nothing then.
func showDesktop(ctx context.Context, f face) error {
	icon := fyne.NewStaticResource("icon.png", assets.IconPNG)
	app.SetMetadata(fyne.AppMetadata{
		ID: appID, Name: appName, Version: appVersion, Build: appBuild, Icon: icon,
		Migrations: map[string]bool{"fyneDo": true}, // background work reaches widgets by fyne.Do only
	})
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(cache, 0o700) // Fyne makes its own folder in it, and logs where it can't
	}
	a := app.NewWithID(appID)
	a.SetIcon(icon)
	w := a.NewWindow(appName)
	w.SetMaster()
	shown := ui.New(ctx, w, f.desk.Handle, ui.Options{
		Words: f.say, Now: f.now, Quit: a.Quit, Play: f.play, PaceMs: int64(a.Preferences().Int(paceKey)),
	})
	w.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.CenterOnScreen()
	w.SetFullScreen(f.full)
	if !opens(w) {
		return errNoWindow
	}
	fit(w)
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		tell(ctx, shown, f)
	}()
	a.Run()
	cancel()
	<-told
	a.Preferences().SetInt(paceKey, int(shown.PaceMs()))
	return nil
}

// opens shows the window and reports whether there is one. Fyne only logs that it
// got none, and panics where the display can't be reached.
func opens(w fyne.Window) (open bool) {
	defer func() {
		if recover() != nil {
			open = false
		}
	}()
	w.Show()
	native, ok := w.(driver.NativeWindow)
	if !ok {
		return true
	}
	native.RunNative(func(handle any) {
		switch h := handle.(type) {
		case driver.X11WindowContext:
			open = h.WindowHandle != 0
		case driver.WaylandWindowContext:
			open = h.WaylandSurface != 0
		case driver.WindowsWindowContext:
			open = h.HWND != 0
		case driver.MacWindowContext:
			open = h.NSWindow != 0
		default:
			open = true
		}
	})
	return open
}

// titleBar is what a window's frame takes of the screen's height, about, in units.
const titleBar = 36

// fit makes the window no larger than its screen has room for: at 200 % a screen of
// 1024 by 768 has half of that. Fyne knows no screen, so the monitor is asked; where
// that can't be, the window stays as it is.
func fit(w fyne.Window) {
	defer func() { _ = recover() }() // of a display without monitors
	monitor, scale := glfw.GetPrimaryMonitor(), w.Canvas().Scale()
	if monitor == nil || scale <= 0 || runtime.GOOS == "darwin" { // which counts in units itself, and fits windows
		return
	}
	_, _, width, height := monitor.GetWorkarea()
	room := fyne.NewSize(float32(width)/scale, float32(height)/scale)
	if room.IsZero() || room.Width >= windowWidth && room.Height >= windowHeight+titleBar {
		return
	}
	w.Resize(fyne.NewSize(min(windowWidth, room.Width), min(windowHeight, room.Height-titleBar)))
	w.CenterOnScreen()
}

// tell draws the window anew when there is news and when a minute begins, and
// closes it when ctx ends.
func tell(ctx context.Context, shown *ui.Face, f face) {
	minute := time.NewTimer(untilMinute(f.now()))
	defer minute.Stop()
	for {
		select {
		case <-ctx.Done():
			shown.Close()
			return
		case <-f.news:
			shown.News()
		case e := <-f.other:
			shown.Take(e)
		case <-minute.C:
			shown.News()
			minute.Reset(untilMinute(f.now()))
		}
	}
}

// untilMinute returns how long it is until the next minute begins.
func untilMinute(now time.Time) time.Duration {
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}
