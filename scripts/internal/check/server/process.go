package server

import (
	"os/exec"
	"sync"
	"time"
)

// process is a running command with everything that it started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the command has ended

	mu     sync.Mutex
	reaped bool  // Wait was called: its number may belong to another process
	err    error // of Wait
}

// watch begins to watch a command that was started.
func watch(cmd *exec.Cmd) *process {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		if !exited(cmd) {
			p.wait()
		}
		close(p.ended)
	}()
	return p
}

// wait waits for the command, after which its group gets no signal any more.
func (p *process) wait() {
	err := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		p.reaped, p.err = true, err
	}
}

// signalled is signalGroup; tests replace it.
var signalled = signalGroup

// signal sends a signal to the group, unless its number may belong to somebody else.
func (p *process) signal(kill bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		signalled(p.cmd, kill)
	}
}

// How long stop waits: for the command to end by itself, and then for what it started.
const (
	stopPatience  = 5 * time.Second
	groupPatience = time.Second
)

// stop ends the command and what it started, and returns the error of Wait. It asks
// first, and kills what is left. It may be called again.
func (p *process) stop() error {
	p.signal(false)
	select {
	case <-p.ended:
		p.await(groupPatience)
	case <-time.After(stopPatience):
	}
	p.signal(true)
	<-p.ended
	p.mu.Lock()
	reaped := p.reaped
	p.mu.Unlock()
	if !reaped {
		p.wait()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// await waits until nothing else of the group is alive. Where the system does not list
// its processes, it does not wait.
func (p *process) await(patience time.Duration) {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if alive, known := members("/proc", p.cmd.Process.Pid); !known || alive == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
