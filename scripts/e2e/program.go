package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	startLimit = time.Minute      // for a program to say that it is ready
	stopLimit  = 10 * time.Second // for a program to end after an interrupt
)

// freeAddress is an address on which nobody listens. Somebody else may take it.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// process is a program that runs until it is stopped.
type process struct {
	says string // what came after the words that startProgram waited for
	stop func() error
}

// startProgram starts a program and waits for a line of its output with some words.
// A program that does not say them within startLimit is stopped.
func startProgram(ctx context.Context, folder string, environment []string, words, name string, args ...string) (*process, error) {
	return startWithin(ctx, startLimit, folder, environment, words, name, args...)
}

func startWithin(ctx context.Context, limit time.Duration, folder string, environment []string, words, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = folder, environment, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopLimit
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	said := make(chan string, 1)
	drained := make(chan struct{})
	var before strings.Builder // said before the words
	go func() {
		defer close(drained)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, after, found := strings.Cut(lines.Text(), words); found {
				said <- after
				break
			}
			before.WriteString(lines.Text() + "\n")
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	wait := func() error {
		kill := time.AfterFunc(stopLimit, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		err := cmd.Wait() // closes the output, which a child of the program may hold open
		<-drained
		return err
	}
	p := &process{stop: func() error {
		return errors.Join(cmd.Process.Signal(os.Interrupt), wait())
	}}
	select {
	case p.says = <-said:
		return p, nil
	case <-drained:
		select {
		case p.says = <-said: // it said them and ended at once
			return p, nil
		default:
		}
		return nil, errors.Join(fmt.Errorf("%s ended before it said %q. It said:\n%s", filepath.Base(name), words, &before), wait())
	case <-time.After(limit):
		err := p.stop()
		return nil, errors.Join(fmt.Errorf("%s did not say %q in %v. It said:\n%s", filepath.Base(name), words, limit, &before), err)
	}
}
