package main

// What the program is called. A test holds these equal to FyneApp.toml, which the
// packaging tool reads and Go can't embed.
const (
	appName    = "BookPayback"
	appID      = "kr.bookpayback.counter"
	appVersion = "0.1.0"
	appBuild   = 1
)

// version is what the program says of itself; a build sets it to its tag.
var version = appVersion

// releaseKey is the public half of the key that newer programs must be signed by; a
// build for others sets it. Without it the program stays as it is.
var releaseKey string
