//go:build !windows

package main

// systemLanguage returns the locale of the environment.
func systemLanguage() string { return localeOf() }
