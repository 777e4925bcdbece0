// Command program is a counter as an update sees it: it starts, opens its data folder or
// can't, and says which version it is.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/bookpayback/bookpayback/client/update"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/release"
)

var version, broken, key string

func main() {
	me := update.Program{Path: os.Args[1], Version: version, OS: runtime.GOOS, Arch: runtime.GOARCH, Face: release.Terminal, Schema: 1, Key: keys.Public(key)}
	again, err := me.Start()
	if again {
		err = me.Again(os.Args[1:], os.Environ())
	}
	if err != nil {
		fmt.Println("start:", err)
	}
	if broken != "" {
		fmt.Println(version, "can't open")
		os.Exit(1)
	}
	news, which, err := me.News()
	fmt.Println(version, news, which, err)
}
