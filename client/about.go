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
