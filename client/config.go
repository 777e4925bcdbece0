package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/command"
)

// settings are the flags and verbs. Each flag has a variable in the environment.
type settings struct {
	Data    string `help:"Data folder (default: ${data})." placeholder:"DIR" env:"BOOKPAYBACK_DATA" type:"path"`
	Lang    string `help:"Language, ko or en (default: by the system)." enum:"ko,en," default:"" env:"BOOKPAYBACK_LANG"`
	Scanner string `help:"Port of a serial scanner, for example COM3 or /dev/ttyACM0,115200." placeholder:"PORT" env:"BOOKPAYBACK_SCANNER"`
	Volume  *int   `help:"How loud the tones are, 0 (silent) to 100 (default: as set)." env:"BOOKPAYBACK_VOLUME"`

	SlipPrinter string `help:"Printer of slips: tcp:HOST, dev:FILE, raw:NAME, lp:NAME or pdf:DIR (default: as set)." placeholder:"PRINTER" env:"BOOKPAYBACK_SLIP_PRINTER"`
	PagePrinter string `help:"Printer of lists, likewise." placeholder:"PRINTER" env:"BOOKPAYBACK_PAGE_PRINTER"`

	JSON bool `name:"json" help:"Answer in JSON."`

	Open     openFace     `cmd:"" default:"1" hidden:"" help:"Open the counter."`
	Terminal terminalFace `cmd:"" help:"Open the counter in this terminal."`
	Training trainingFace `cmd:"" help:"Open the training world: ten tasks, nothing of it is sent."`
	Version  showVersion  `cmd:"" help:"Say which version this is."`

	Update updateVerb `cmd:"" help:"Fetch a newer program from the server; the next start puts it in place."`

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

// trainingFace opens the training world in a folder of its own, which goes when it is closed.
type trainingFace struct{}

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

// utf8Locale says whether the terminal can be expected to show more than ASCII.
func utf8Locale() bool {
	if runtime.GOOS == "windows" {
		return true
	}
	locale := strings.ToLower(command.Locale(os.Getenv))
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}
