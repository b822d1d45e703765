package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"
)

// TestInterrupt: Ctrl-C ends a running issuer, and that is no failure.
func TestInterrupt(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "authkeel", "issuer", "--addr", "127.0.0.1:0") // this binary, see TestMain
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, ready := bufio.NewScanner(out), false
	for !ready && lines.Scan() {
		ready = lines.Text() == "Press Ctrl-C to stop."
	}
	if !ready {
		t.Fatalf("it ended before it was ready: %v", cmd.Wait())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("got %v, want exit code 0", err)
	}
}
