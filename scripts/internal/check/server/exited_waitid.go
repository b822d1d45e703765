//go:build darwin || linux

package server

import (
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"
)

// exited blocks until the process has ended, and leaves it waitable: its number stays
// in use until Wait is called. It reports whether it could do so.
func exited(cmd *exec.Cmd) bool {
	// Values of waitid(2). The system writes a siginfo_t, which is 128 bytes at most.
	const pPID, wExited, wNoWait = 1, 4, wNoWaitFlag
	var info [16]uint64
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, pPID, uintptr(cmd.Process.Pid), uintptr(unsafe.Pointer(&info)), wExited|wNoWait, 0, 0)
		if errno != syscall.EINTR {
			runtime.KeepAlive(cmd)
			return errno == 0
		}
	}
}
