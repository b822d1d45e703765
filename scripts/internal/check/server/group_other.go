//go:build !unix

package server

import "os/exec"

func lead(*exec.Cmd) {}

// signalGroup ends the process. Where there are no process groups, what it
// started itself is not reached.
func signalGroup(cmd *exec.Cmd, _ bool) { _ = cmd.Process.Kill() }

func groupLives(*exec.Cmd) bool { return false }

// shell runs a command line.
func shell(line string) []string { return []string{"cmd", "/C", line} }
