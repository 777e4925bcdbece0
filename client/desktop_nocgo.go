//go:build !cgo

package main

import "context"

// canShowDesktop says that this build has no window.
func canShowDesktop() bool { return false }

// showDesktop can't be reached: canShowDesktop comes first.
func showDesktop(context.Context, face) error { return errNoWindow }
