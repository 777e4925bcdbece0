package main

import (
	"os"

	"golang.org/x/sys/windows"

	"github.com/bookpayback/bookpayback/shared/command"
)

// systemLanguage returns the locale of the environment, or the language that this
// person has chosen for Windows.
func systemLanguage() string {
	if locale := command.Locale(os.Getenv); locale != "" {
		return locale
	}
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(languages) == 0 {
		return ""
	}
	return languages[0]
}
