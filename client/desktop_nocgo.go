//go:build !cgo

package main

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/release"
)

// builtFace is the face that updates of this build have.
const builtFace = release.Terminal

// canShowDesktop says that this build has no window.
func canShowDesktop() bool { return false }

// showDesktop can't be reached: canShowDesktop comes first.
func showDesktop(context.Context, face) error { return errNoWindow }
