package main

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// settings are the flags and verbs. Each flag has a variable in the environment.
type settings struct {
	DB           string `name:"db" help:"Database, sqlite:PATH. Its folder also holds keys, certificates and messages (default: ${default})." default:"sqlite:bookpayback-data/server.db" placeholder:"URL" env:"BOOKPAYBACK_DB"`
	Keys         string `help:"Folder of the server's keys (default: keys, beside the database)." placeholder:"DIR" env:"BOOKPAYBACK_KEYS" type:"path"`
	District     string `help:"Short name of the district (default: the only one in the database, else seocho)." env:"BOOKPAYBACK_DISTRICT"`
	DistrictName string `help:"Name of a district that is made now." default:"서초구" env:"BOOKPAYBACK_DISTRICT_NAME"`
	Zone         string `help:"Time zone of a district that is made now." default:"Asia/Seoul" env:"BOOKPAYBACK_ZONE"`
	Lang         string `help:"Language, ko or en (default: by the system)." enum:"ko,en," default:"" env:"BOOKPAYBACK_LANG"`
	Log          string `help:"What is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"BOOKPAYBACK_LOG"`
	JSON         bool   `name:"json" help:"Answer in JSON."`

	Serve   serveVerb    `cmd:"" help:"Run the server."`
	Demo    demoVerb     `cmd:"" help:"Run a whole service with a sample district on this machine."`
	Import  importVerb   `cmd:"" help:"Import a CSV file: titles, libraries, stores, residents, stock or policy; or ops that a counter exported."`
	Device  deviceVerbs  `cmd:"" help:"PCs of bookstores."`
	Migrate migrateVerb  `cmd:"" help:"Bring the database up to this program."`
	Verify  verifyVerb   `cmd:"" help:"Check the whole ledger: chains, replay, digests."`
	Backup  backupVerb   `cmd:"" help:"Make a verified backup of the database."`
	Restore restoreVerb  `cmd:"" help:"Make the database out of a backup, in an empty folder."`
	Refill  refillVerb   `cmd:"" help:"Say what a restored server waits for, or end its waiting."`
	Doctor  doctorVerb   `cmd:"" help:"Check certificate, clock, messages, disk and database."`
	Release releaseVerbs `cmd:"" help:"Programs for counters that update themselves."`
	Version versionVerb  `cmd:"" help:"Say which version this is."`
}

// versionVerb prints the version.
type versionVerb struct{}

// Run prints the version.
func (versionVerb) Run(p *program) error {
	if p.JSON {
		return p.inJSON(map[string]string{"version": version})
	}
	p.tell("server.version", "Version", version)
	return nil
}

// districtForm is what a district may be called in keys, files and addresses.
var districtForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// dbPath returns the file of a database's URL.
func dbPath(text string) (string, error) {
	path, ok := strings.CutPrefix(text, "sqlite:")
	switch {
	case ok && path != "":
		abs, err := filepath.Abs(path)
		return abs, fault.Wrap("main.dbPath", err)
	case strings.HasPrefix(text, "postgres:"), strings.HasPrefix(text, "postgresql:"):
		return "", fault.New(fault.Invalid, "server.no_postgres")
	}
	return "", fault.New(fault.Invalid, "server.bad_db", "Text", text)
}

// address is where the server listens and what the world calls it.
type address struct {
	listen   string
	loopback bool
	public   *url.URL
}

// newAddress reads --listen and --public-url. Without TLS only loopback is served.
func newAddress(listen, public string, tls bool) (a address, err error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return a, fault.New(fault.Invalid, "server.bad_listen", "Text", listen)
	}
	ip, _ := netip.ParseAddr(host)
	a = address{listen: listen, loopback: host == "localhost" || ip.IsLoopback()}
	scheme := "https"
	if a.loopback && !tls {
		scheme = "http"
	}
	if public == "" {
		if host == "" || ip.IsUnspecified() {
			return a, fault.New(fault.Invalid, "server.public_url_missing")
		}
		public = scheme + "://" + net.JoinHostPort(host, port)
	}
	a.public, err = url.Parse(strings.TrimSuffix(public, "/"))
	if err != nil || a.public.Host == "" || a.public.Scheme != "http" && a.public.Scheme != "https" || a.public.Path != "" {
		return a, fault.New(fault.Invalid, "server.bad_public_url", "Text", public)
	}
	// A proxy on this machine may do the TLS of a public address.
	if a.public.Scheme == "http" && !local(a.public.Hostname()) {
		return a, fault.New(fault.Invalid, "server.plain_public_url", "Text", public)
	}
	return a, nil
}

// local says that a host is this machine.
func local(host string) bool {
	ip, _ := netip.ParseAddr(host)
	return host == "localhost" || ip.IsLoopback()
}

// level is the least level that is logged.
func level(text string) (l slog.Level) {
	if l.UnmarshalText([]byte(text)) != nil {
		return slog.LevelInfo
	}
	return l
}
