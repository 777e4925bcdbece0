//go:build !windows

package main

import (
	"os"

	"github.com/bookpayback/bookpayback/shared/command"
)

// systemLanguage returns the locale of the environment.
func systemLanguage() string { return command.Locale(os.Getenv) }
