package sqlitefile

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// helperHold holds the data folder until it is killed.
func helperHold(dir string) error {
	l, err := TakeLock(dir)
	if err != nil {
		return err
	}
	fmt.Println("held")
	fmt.Scanln() // nothing comes
	return l.Release()
}

func TestOneProgramHoldsAFolderUntilItEndsHoweverItEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if held, _, err := Held(dir); held || err != nil {
		t.Errorf("no folder: got %v, %v", held, err)
	}
	cmd := helper(t, "hold", dir)
	in, _ := cmd.StdinPipe()
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("got %q, %v", line, err)
	}

	held, pid, err := Held(dir)
	if !held || pid != cmd.Process.Pid || err != nil {
		t.Errorf("while held: got %v %d %v, want true %d", held, pid, err, cmd.Process.Pid)
	}
	_, err = TakeLock(dir)
	key, args := fault.Message(err)
	if !errors.Is(err, ErrHeld) || key != fault.KeyHeld || args["PID"] != strconv.Itoa(cmd.Process.Pid) || fault.ExitOf(err) != fault.ExitHeld {
		t.Errorf("a second program: got %v, %v", err, args)
	}

	cmd.Process.Kill()
	cmd.Wait()
	if held, _, err := Held(dir); held || err != nil {
		t.Errorf("after a kill: got %v, %v", held, err)
	}
	l, err := TakeLock(dir)
	if err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	if _, err := TakeLock(dir); !errors.Is(err, ErrHeld) {
		t.Errorf("twice in one program: got %v", err)
	}
	if held, pid, _ := Held(dir); !held || pid != os.Getpid() {
		t.Errorf("held by ourselves: got %v %d", held, pid)
	}
	if err := errors.Join(l.Release(), l.Release()); err != nil {
		t.Error(err)
	}
	if held, pid, err := Held(dir); held || pid != 0 || err != nil {
		t.Errorf("after release: got %v %d %v", held, pid, err)
	}
}

func TestLookingNeverKeepsAnybodyOut(t *testing.T) {
	dir := t.TempDir()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := Held(dir); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 100 {
		l, err := TakeLock(dir)
		if err != nil {
			t.Error(err)
			break
		}
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestALockFileWithNonsenseInItIsStillALock(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, lockName), []byte("not a number at all, and a long text besides"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := os.WriteFile(filepath.Join(dir, lockName), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = TakeLock(dir)
	if _, args := fault.Message(err); !errors.Is(err, ErrHeld) || args["PID"] != "" {
		t.Errorf("got %v, %v", err, args)
	}
}
