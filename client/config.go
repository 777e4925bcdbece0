package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/fault"
)

// settings are the flags and verbs. Each flag has a variable in the environment.
type settings struct {
	Data string `help:"Data folder (default: ${data})." placeholder:"DIR" env:"BOOKPAYBACK_DATA" type:"path"`
	Lang string `help:"Language, ko or en (default: by the system)." enum:"ko,en," default:"" env:"BOOKPAYBACK_LANG"`
	JSON bool   `name:"json" help:"Answer in JSON."`

	Open     openFace     `cmd:"" default:"1" hidden:"" help:"Open the counter."`
	Terminal terminalFace `cmd:"" help:"Open the counter in this terminal."`
	Version  showVersion  `cmd:"" help:"Say which version this is."`

	term.Common
	term.Verbs
}

// openFace is what happens without a verb: the desktop, or the terminal where there
// is no display.
type openFace struct{}

// terminalFace opens the terminal, whatever else there is.
type terminalFace struct {
	ASCII bool `name:"ascii" help:"Draw with ASCII characters only."`
}

// showVersion prints the version.
type showVersion struct{}

// folderName is the name of the data folder in the place where the system keeps
// such things.
const folderName = "bookpayback"

// defaultData returns the data folder that is used unless another is named; "" if
// the system has no place for one.
func defaultData() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	switch runtime.GOOS {
	case "windows":
		if local := os.Getenv("LocalAppData"); local != "" {
			return filepath.Join(local, appName)
		}
		return filepath.Join(home, "AppData", "Local", appName)
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", appName)
	}
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, folderName)
	}
	return filepath.Join(home, ".local", "share", folderName)
}

// language returns the language to speak before the flags are read: errors in them
// are said in it too.
func language(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return assets.Lang(value, "")
		}
		if arg == "--lang" && i+1 < len(args) {
			return assets.Lang(args[i+1], "")
		}
	}
	return assets.Lang(os.Getenv("BOOKPAYBACK_LANG"), systemLanguage())
}

// localeOf returns the first variable of the environment that names a locale.
func localeOf() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// shiftForm is a shifted clock: a sign, whole days, and a duration of hours,
// minutes and seconds.
var shiftForm = regexp.MustCompile(`^([+-])(?:(\d{1,5})d)?((?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?)$`)

// clockShift reads BOOKPAYBACK_CLOCK: "+22d3h", "-1h", "" for none.
func clockShift(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	parts := shiftForm.FindStringSubmatch(text)
	if parts == nil || parts[2]+parts[3] == "" {
		return 0, fault.New(fault.Invalid, "main.bad_clock", "Text", text)
	}
	var shift time.Duration
	if parts[2] != "" {
		days, err := strconv.Atoi(parts[2])
		if err != nil {
			return 0, fault.New(fault.Invalid, "main.bad_clock", "Text", text)
		}
		shift = time.Duration(days) * 24 * time.Hour
	}
	if parts[3] != "" {
		rest, err := time.ParseDuration(parts[3])
		if err != nil {
			return 0, fault.New(fault.Invalid, "main.bad_clock", "Text", text)
		}
		shift += rest
	}
	if parts[1] == "-" {
		shift = -shift
	}
	return shift, nil
}

// utf8Locale says whether the terminal can be expected to show more than ASCII.
func utf8Locale() bool {
	if runtime.GOOS == "windows" {
		return true
	}
	locale := strings.ToLower(localeOf())
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}
