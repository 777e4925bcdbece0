package command

import (
	"strings"

	"github.com/bookpayback/bookpayback/assets"
)

// Language returns the language to speak before the flags are read, since errors in
// them are said in it too: that of --lang, else of BOOKPAYBACK_LANG, else system, a
// locale. env reads the environment.
func Language(args []string, env func(string) string, system string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return assets.Lang(value, "")
		}
		if arg == "--lang" && i+1 < len(args) {
			return assets.Lang(args[i+1], "")
		}
	}
	return assets.Lang(env("BOOKPAYBACK_LANG"), system)
}

// Locale returns the first variable of the environment that names a locale; "" if
// none does. Source: POSIX, Base Definitions 8.2, the order of precedence.
func Locale(env func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := env(name); value != "" {
			return value
		}
	}
	return ""
}
