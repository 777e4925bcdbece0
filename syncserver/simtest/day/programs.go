package day

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// programs are the two built programs and where this day's data lie.
type programs struct {
	server, counter string // paths
	dir             string
	base            string // http://127.0.0.1:port
	listen          string
	lang            string
	shift           time.Duration // how far the day's clock is from the real one
	up              *exec.Cmd
	log             *os.File
}

// freePort returns an address on this machine that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func (p *programs) env() []string {
	env := os.Environ()
	if p.shift != 0 {
		env = append(env, "BOOKPAYBACK_CLOCK="+clockText(p.shift))
	}
	return env
}

// clockText writes a shift as the programs take it: +22d3h0m0s.
func clockText(d time.Duration) string {
	const day = 24 * time.Hour
	return fmt.Sprintf("+%dd%s", d/day, (d % day).Truncate(time.Second))
}

// untilMorning is how far the next 10:00 of the district is: texts are not sent at
// night, whenever the demo is played.
func untilMorning(now time.Time) time.Duration {
	now = now.In(time.FixedZone("KST", 9*3600))
	ten := time.Date(now.Year(), now.Month(), now.Day()+1, 10, 0, 0, 0, now.Location())
	return ten.Sub(now)
}

func (p *programs) db() string { return "sqlite:" + filepath.Join(p.dir, "server", "server.db") }

// start starts the server and waits until it is ready.
func (p *programs) start(ctx context.Context, args ...string) error {
	var err error
	if p.log, err = os.OpenFile(filepath.Join(p.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	p.up = exec.Command(p.server, append([]string{"serve", "--db", p.db(), "--listen", p.listen, "--public-url", p.base}, args...)...)
	p.up.Env, p.up.Stdout, p.up.Stderr = p.env(), p.log, p.log
	if err := p.up.Start(); err != nil {
		return err
	}
	return p.ready(ctx)
}

func (p *programs) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready; see %s", filepath.Join(p.dir, "server.log"))
		case <-tick.C:
		}
	}
}

// kill ends the server at once, as a power cut would.
func (p *programs) kill() error {
	if p.up == nil {
		return nil
	}
	if err := p.up.Process.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	_ = p.up.Wait() // it says that it was killed
	p.up = nil
	return p.log.Close()
}

// stop ends the server as an operator would.
func (p *programs) stop() {
	if p.up == nil {
		return
	}
	_ = p.up.Process.Signal(syscall.SIGTERM)
	_ = p.up.Wait()
	_ = p.log.Close()
	p.up = nil
}

// answer is what a verb printed and how it ended.
type answer struct {
	code int
	out  string // standard output
	err  string // standard error
}

// run runs a program to its end.
func (p *programs) run(ctx context.Context, program string, args ...string) (answer, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env(), &out, &errs
	err := cmd.Run()
	a := answer{code: cmd.ProcessState.ExitCode(), out: out.String(), err: errs.String()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return a, err
	}
	return a, nil
}

// admin runs a verb of the server's program.
func (p *programs) admin(ctx context.Context, args ...string) (answer, error) {
	a, err := p.run(ctx, p.server, append(args, "--db", p.db())...)
	return a, wrong(a, err, args, 0)
}

// counterAt is one store's PC.
type counterAt struct {
	p    *programs
	dir  string
	name string
}

func (p *programs) pc(name string) *counterAt {
	return &counterAt{p: p, dir: filepath.Join(p.dir, "counter-"+name), name: name}
}

// do runs a verb that must end with one of the exit codes.
func (c *counterAt) do(ctx context.Context, codes []int, args ...string) (answer, error) {
	args = append(args, "--data", c.dir, "--lang", c.p.lang)
	a, err := c.p.run(ctx, c.p.counter, args...)
	return a, wrong(a, err, args, codes...)
}

// json runs a verb with --json and decodes what it printed.
func (c *counterAt) json(ctx context.Context, into any, args ...string) error {
	a, err := c.do(ctx, []int{0, 7, 8}, append(args, "--json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(a.out), into); err != nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, brief(a.out))
	}
	return nil
}

// wrong says that a program did not end as it must.
func wrong(a answer, err error, args []string, codes ...int) error {
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	for _, c := range codes {
		if a.code == c {
			return nil
		}
	}
	return fmt.Errorf("%s ended with %d, want %v: %s%s", strings.Join(args, " "), a.code, codes, a.out, a.err)
}
