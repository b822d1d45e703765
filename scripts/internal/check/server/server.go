// Package server starts the API that is checked, on its own port, and stops it together
// with everything that the API started.
package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say what is started, and how.
type Options struct {
	Dir     string                 // the project's directory; the server runs there
	Package string                 // package of the program in a Go module; empty: it is searched
	Command string                 // a shell command line instead of a Go program
	Env     map[string]string      // variables that are set, or replaced
	Drop    func(name string) bool // says which variables of the environment are removed
	Timeout time.Duration          // for starting, without the build
	Say     func(format string, args ...any)

	proc string // where Linux lists its processes; tests replace it
}

// Server is a running server.
type Server struct {
	Base string // its URL, without a path

	launch  func() error // starts the server's process
	process *process
	log     tail
	scratch string
	proc    string
	own     int   // a port from the log that was closed when the server was stopped
	foreign []int // ports from the log on which another program listens
	named   []int // ports in the log when the server was started again
}

// Tests replace them.
var (
	// patience is how long check waits for a server that listens on another port to
	// open the given one too: some open a port for metrics first.
	patience = time.Second
	// logPatience is how long check waits for the given port before it looks for
	// another one in the log.
	logPatience = 3 * time.Second
)

// Start builds the project if it is Go, starts it, and waits until it answers HTTP. When
// the server ignores PORT, its port is found: see ports.go.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{}
	if err := s.start(ctx, o); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, o Options) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	fill := strings.NewReplacer("{port}", strconv.Itoa(port)).Replace
	args := shell(fill(o.Command))
	if o.Command == "" {
		if args, err = s.build(ctx, o); err != nil {
			return err
		}
	}
	env := environment(o, map[string]string{"PORT": strconv.Itoa(port), "ADDR": "127.0.0.1:" + strconv.Itoa(port)}, fill)
	if s.proc = o.proc; s.proc == "" {
		s.proc = "/proc"
	}
	s.launch = func() error {
		cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // Stop ends it, and its children too
		cmd.Dir, cmd.Env = o.Dir, env
		cmd.Stdout, cmd.Stderr = &s.log, &s.log
		cmd.WaitDelay = 2 * time.Second // a child may keep the pipe open
		lead(cmd)
		if err := cmd.Start(); err != nil {
			return err
		}
		s.process = watch(cmd)
		return nil
	}
	o.Say("starting the server")
	if err := s.launch(); err != nil {
		return err
	}
	return s.await(ctx, o, port)
}

func (s *Server) build(ctx context.Context, o Options) (args []string, err error) {
	if !inModule(o.Dir) {
		return nil, fmt.Errorf("%w: %s is not in a Go module; give the command that starts the server with --start, or the URL of a running server with --base-url", ErrAsk, o.Dir)
	}
	pkg := o.Package
	if pkg == "" {
		if pkg, err = mainPackage(ctx, o.Dir); err != nil {
			return nil, err
		}
	}
	if s.scratch, err = os.MkdirTemp("", "authkeel-check-"); err != nil {
		return nil, err
	}
	binary := filepath.Join(s.scratch, "server.exe") // the suffix matters to Windows alone
	o.Say("building %s", pkg)
	return []string{binary}, build(ctx, o.Dir, pkg, binary)
}

// environment returns the environment of this process without the dropped variables,
// and with those of the options.
func environment(o Options, own map[string]string, fill func(string) string) []string {
	maps.Copy(own, o.Env)
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if _, set := own[name]; !set && (o.Drop == nil || !o.Drop(name)) {
			env = append(env, entry)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		env = append(env, name+"="+fill(own[name]))
	}
	return env
}

// await waits until the server answers, and sets Base.
func (s *Server) await(ctx context.Context, o Options, port int) error {
	began := time.Now()
	deadline := time.NewTimer(o.Timeout)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	said, elsewhere := began, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.process.ended:
			return s.failed("the server ended before it answered (" + s.how() + ")")
		case <-deadline.C:
			return s.failed(fmt.Sprintf("the server did not answer on port %d within %v; it has to listen on the port in PORT, or on any other port%s", port, o.Timeout, s.others()))
		case now := <-tick.C:
			if base := answers(ctx, port); base != "" && s.holds(port) {
				s.Base = base
				return nil
			}
			base, other, listed := s.elsewhere(ctx, now.Sub(began))
			if base != "" && elsewhere.IsZero() {
				elsewhere = now
			}
			switch {
			case base == "" || now.Sub(elsewhere) < patience:
			case listed || s.owns(other):
				s.Base = base
				o.Say("the server ignores PORT and listens on %s", strings.TrimPrefix(base, "http://"))
				return nil
			default:
				o.Say("the log names port %d: starting the server again, to see that it is the server's", other)
				if err := s.prove(ctx, other); err != nil {
					return err
				}
				began, elsewhere = time.Now(), time.Time{}
				deadline.Reset(o.Timeout)
			}
			if now.Sub(said) > 5*time.Second {
				said = now
				o.Say("waiting for the server, %v", now.Sub(began).Round(time.Second))
			}
		}
	}
}

// holds reports whether the given port, which answers, can be the server's. It was
// free when it was chosen, and another program may have taken it since. A server in a
// container listens on none as far as its processes tell.
func (s *Server) holds(port int) bool {
	ports, listed := listening(s.proc, s.process.cmd.Process.Pid)
	return !listed || len(ports) == 0 || slices.Contains(ports, port)
}

// elsewhere returns the URL of a server that answers on a port that it was not given.
// listed reports that the system says that the port is the server's.
func (s *Server) elsewhere(ctx context.Context, waited time.Duration) (base string, port int, listed bool) {
	ports, listed := listening(s.proc, s.process.cmd.Process.Pid)
	if !listed && waited > logPatience {
		ports = announced(s.log.String())
	}
	for _, port := range ports {
		if slices.Contains(s.foreign, port) {
			continue
		}
		if base := answers(ctx, port); base != "" {
			return base, port, listed
		}
	}
	return "", 0, listed
}

// owns reports whether a port that the log names was shown to be the server's. A
// server may choose another one each time it is started.
func (s *Server) owns(port int) bool {
	return port == s.own || s.own != 0 && !slices.Contains(s.named, port)
}

// prove starts the server again to see whose port it is that its log names. What
// answers while the server is stopped is another program.
func (s *Server) prove(ctx context.Context, port int) error {
	_ = s.process.stop() // how it ended does not matter here
	if answers(ctx, port) == "" {
		s.own = port
	} else {
		s.foreign = append(s.foreign, port)
	}
	s.named = announced(s.log.String())
	return s.launch()
}

// others says which ports of the log are not the server's.
func (s *Server) others() string {
	if len(s.foreign) == 0 {
		return ""
	}
	return fmt.Sprintf("; another program listens on what its log names: %v", s.foreign)
}

func (s *Server) failed(what string) error {
	log := strings.TrimRight(s.log.last(40), "\n")
	if log == "" {
		return errors.New(what + "; it printed nothing")
	}
	return errors.New(what + ". The end of its log:\n  " + strings.ReplaceAll(log, "\n", "\n  "))
}

// how stops what is left of the server, and says how its process ended.
func (s *Server) how() string {
	if err := s.process.stop(); err != nil {
		return err.Error()
	}
	return "exit status 0"
}

// Ended returns an error with the end of the log when the server has ended on its own.
func (s *Server) Ended() error {
	select {
	case <-s.process.ended:
		return s.failed("the server ended while it was checked (" + s.how() + ")")
	default:
		return nil
	}
}

// Log returns the end of what the server printed.
func (s *Server) Log() string { return s.log.last(40) }

// Stop ends the server and everything that it started. It asks first, and kills what is
// left after five seconds. It may be called again.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.stop() // how it ended was its own business
	}
	if s.scratch != "" {
		os.RemoveAll(s.scratch)
		s.scratch = ""
	}
}
