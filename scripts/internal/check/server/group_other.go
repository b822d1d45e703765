//go:build !unix

package server

import "os/exec"

func lead(*exec.Cmd) {}

// signalGroup ends the process. Where there are no process groups, what the process
// started itself is not reached.
func signalGroup(cmd *exec.Cmd, _ bool) { _ = cmd.Process.Kill() }

// shell returns the command that runs a command line.
func shell(line string) []string { return []string{"cmd", "/C", line} }
