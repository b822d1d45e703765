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

// webName is what -kinds calls the test of the page in examples/web.
const webName = "web"

// webPage builds the page in examples/web, serves it as its README says, and goes
// through it in Chromium, with screenshots. It returns how many cases failed.
func (t *suite) webPage(ctx context.Context) (failures int, err error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	origin := "http://" + addr
	backend, err := t.startBlog(ctx, origin)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, backend.close()) }()
	program := filepath.Join(t.work, "web-page")
	if _, err := t.command(ctx, t.root, "go", "build", "-o", program, "./examples/web"); err != nil {
		return 0, err
	}
	page, err := startProgram(ctx, t.root, t.environment(), "the page is at ", program, "-addr", addr, "-issuer", backend.issuer.URL(), "-api", backend.address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, page.stop()) }()
	pictures := filepath.Join(t.work, "screenshots")
	if err := os.MkdirAll(pictures, 0o777); err != nil {
		return 0, err
	}
	text, err := t.command(ctx, "tools", "node", "web-browser.mjs", t.chromium, origin, backend.issuer.URL(), backend.address, backend.hooks, pictures)
	return t.report(webName, "chi", "browser", text, err), nil
}

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
func startProgram(ctx context.Context, folder string, environment []string, words, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = folder, environment, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{}
	found := false
	for lines := bufio.NewScanner(out); !found && lines.Scan(); {
		_, p.says, found = strings.Cut(lines.Text(), words)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, out)
	}()
	p.stop = func() error {
		err := cmd.Process.Signal(os.Interrupt)
		<-drained
		return errors.Join(err, cmd.Wait())
	}
	if !found {
		<-drained
		return nil, errors.Join(fmt.Errorf("%s ended before it said %q", filepath.Base(name), words), cmd.Wait())
	}
	return p, nil
}
