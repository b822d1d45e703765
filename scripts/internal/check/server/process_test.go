//go:build darwin || linux

package server

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// begin starts a command line in a group of its own.
func begin(t *testing.T, line string) *process {
	t.Helper()
	args := shell(line)
	cmd := exec.Command(args[0], args[1:]...)
	lead(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := watch(cmd)
	t.Cleanup(func() { _ = p.stop() })
	return p
}

// TestNumberIsKept: a signal goes to a number, and the system gives the number of a
// process to another one once it was waited for. So a server that ended by itself is
// waited for only after its group got the last signal.
func TestNumberIsKept(t *testing.T) {
	p := begin(t, "exit 3")
	<-p.ended
	pid := p.cmd.Process.Pid
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the number of the process that ended is free: %v", err)
	}
	var exit *exec.ExitError
	if err := p.stop(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("got %v, want exit status 3", err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process was not waited for: %v", err)
	}
	// From here on the number may belong to somebody else.
	sent := 0
	signalled = func(*exec.Cmd, bool) { sent++ }
	t.Cleanup(func() { signalled = signalGroup })
	p.signal(true)
	if err := p.stop(); !errors.As(err, &exit) || sent != 0 {
		t.Errorf("got %v, and %d signals to a number that is free", err, sent)
	}
}

// TestRestOfTheGroup: what a server left behind when it ended is stopped too.
func TestRestOfTheGroup(t *testing.T) {
	p := begin(t, "sleep 600 & exit 0")
	<-p.ended
	pid := p.cmd.Process.Pid
	began := time.Now()
	if err := p.stop(); err != nil {
		t.Errorf("got %v", err)
	}
	if waited := time.Since(began); waited > stopPatience {
		t.Errorf("it took %v", waited)
	}
	for i := 0; syscall.Kill(-pid, 0) == nil; i++ {
		if i == 250 {
			t.Fatal("a process of the group lives on")
		}
		time.Sleep(20 * time.Millisecond) // until init has waited for it
	}
}
