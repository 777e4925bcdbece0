package day

import (
	"context"
	"os/exec"
	"syscall"
)

// follow runs the counter's exchange in the background, as an open face does, and
// returns what ends it. Verbs go on beside it.
func (c *counterAt) follow(ctx context.Context) (stop func(), err error) {
	cmd := exec.CommandContext(ctx, c.p.counter, "sync", "--follow", "--data", c.dir)
	cmd.Env = c.p.env()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it was told to end
	}, nil
}
