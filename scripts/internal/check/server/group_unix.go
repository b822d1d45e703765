//go:build unix

package server

import (
	"os/exec"
	"syscall"
)

// lead makes the command the leader of a process group of its own, so that what
// it starts can be stopped with it, and a Ctrl-C reaches it through Stop alone.
func lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signalGroup asks the group to end, or ends it. There is nothing to do when it is gone.
func signalGroup(cmd *exec.Cmd, kill bool) {
	signal := syscall.SIGTERM
	if kill {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(-cmd.Process.Pid, signal)
}

// groupLives reports whether a process of the group is left.
func groupLives(cmd *exec.Cmd) bool { return syscall.Kill(-cmd.Process.Pid, 0) == nil }

// shell runs a command line.
func shell(line string) []string { return []string{"/bin/sh", "-c", line} }
