//go:build unix

package server

import (
	"os/exec"
	"syscall"
)

// lead makes the command the leader of its own process group, so that everything it
// starts can be stopped with it, and Ctrl-C reaches it only through Stop.
func lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signalGroup asks the processes of the group to end, or kills them. The caller must
// not have waited for the leader: until then the system gives its number to no other
// process and no other group, even when the leader has ended.
func signalGroup(cmd *exec.Cmd, kill bool) {
	signal := syscall.SIGTERM
	if kill {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(-cmd.Process.Pid, signal) // an error means that the group is gone
}

// shell returns the command that runs a command line.
func shell(line string) []string { return []string{"/bin/sh", "-c", line} }
