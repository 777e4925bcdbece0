package main

import "golang.org/x/sys/windows"

// systemLanguage returns the locale of the environment, or the language that this
// person has chosen for Windows.
func systemLanguage() string {
	if locale := localeOf(); locale != "" {
		return locale
	}
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(languages) == 0 {
		return ""
	}
	return languages[0]
}
