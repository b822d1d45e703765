package explain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
	spelling "github.com/authkeel/authkeel/core/settings"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// DoctorCommand returns the command doctor.
func DoctorCommand() cli.Command {
	c := cli.Command{
		Name:    "doctor",
		Summary: "examine an issuer: discovery, each key, clocks, spelling",
		Usage:   "doctor <issuer>|<project>",
		Help: `Looks at an issuer as an API would: whether its metadata can be found and names the
same issuer, whether its keys can be fetched, which of them can be used and why the
others cannot, and whether its clock and this machine's agree.

  authkeel doctor https://tenant.eu.auth0.com/
  authkeel doctor .          the issuer of a project's .env, or of the environment

Nothing is sent but requests for the public documents. Exit codes: 0 all is well,
1 something is wrong, 2 wrong use.
`,
	}
	c.Run = func(ctx context.Context, streams cli.IO, args []string) int { return runDoctor(ctx, c, streams, args) }
	return c
}

func runDoctor(ctx context.Context, c cli.Command, streams cli.IO, args []string) int {
	flags := c.Flags()
	rest, code, done := c.Parse(flags, streams, args)
	switch {
	case done:
		return code
	case len(rest) == 0:
		return c.Wrong(streams, "missing <issuer>, or . for a project")
	case len(rest) > 1:
		return c.Wrong(streams, "unexpected argument %q", rest[1])
	}
	d := doctor{out: streams, issuer: rest[0]}
	if _, err := os.Stat(rest[0]); err == nil && !strings.Contains(rest[0], "://") {
		if err := d.project(rest[0], false); err != nil {
			fmt.Fprintf(streams.Err, "authkeel doctor: %v\n", err)
			return cli.ExitFailed
		}
	}
	return d.examine(ctx)
}

// Reach says in one line whether the issuer that a project trusts can be reached, and
// if not, why. It asks for the issuer's public documents, and waits for ten seconds at
// most. preferClerk chooses when the project names both Clerk and another issuer.
func Reach(ctx context.Context, dir string, preferClerk bool) string {
	var found strings.Builder
	d := doctor{out: cli.IO{Out: &found}}
	err := d.project(dir, preferClerk)
	if errors.As(err, new(noIssuer)) {
		return "no issuer is named yet: when .env is filled in, 'authkeel doctor " + dir + "' tells whether it can be reached"
	}
	if err != nil {
		return "FAIL  " + cli.Clean(err.Error())
	}
	if d.examine(ctx) == cli.ExitOK {
		return "ok    " + cli.Clean(d.issuer) + " can be reached, and its keys can be used"
	}
	for line := range strings.Lines(found.String()) {
		if wrong, ok := strings.CutPrefix(line, "FAIL  "); ok {
			return "FAIL  " + strings.TrimSpace(wrong)
		}
	}
	return "FAIL  " + cli.Clean(d.issuer)
}

// project makes the issuer of a project, or of a file such as .env, the one that is
// examined.
func (d *doctor) project(path string, preferClerk bool) error {
	s, err := fromEnv(path, preferClerk)
	if err != nil {
		return err
	}
	if d.issuer, d.audiences = s.issuer, s.audiences; s.clerk {
		auth, err := s.authenticator()
		if err != nil {
			return fmt.Errorf("the settings of %s: %w", s.from, err)
		}
		d.issuer = auth.Health().Issuers[0].URL
	}
	return nil
}

// doctor examines one issuer.
type doctor struct {
	out       cli.IO
	issuer    string
	audiences []string
	problems  int
}

func (d *doctor) ok(what, format string, args ...any) {
	fmt.Fprintf(d.out.Out, "ok    %-12s %s\n", what, cli.Clean(fmt.Sprintf(format, args...)))
}

func (d *doctor) wrong(what, format string, args ...any) {
	d.problems++
	fmt.Fprintf(d.out.Out, "FAIL  %-12s %s\n", what, cli.Clean(fmt.Sprintf(format, args...)))
}

// maxSkew is how far two clocks may differ before it is worth a word; core
// tolerates 5 seconds.
const maxSkew = 5 * time.Second

func (d *doctor) examine(ctx context.Context) int {
	if err := spelling.Issuer(d.issuer, false); err != nil {
		d.wrong("spelling", "%v", err)
		return cli.ExitFailed
	}
	d.ok("spelling", "%s", d.issuer)
	clock := &dateReader{next: http.DefaultTransport}
	var refresh jwks.Refresh
	told := make(chan struct{})
	var once sync.Once
	source, err := jwks.Discover(d.issuer, jwks.Options{
		HTTPClient: &http.Client{Transport: clock},
		OnRefresh:  func(r jwks.Refresh) { once.Do(func() { refresh = r; close(told) }) },
	})
	if err != nil {
		d.wrong("spelling", "%v", err)
		return cli.ExitFailed
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	failed := source.Ready(ctx)
	select {
	case <-told:
	case <-ctx.Done():
		d.wrong("keys", "no answer within 10 seconds")
		return cli.ExitFailed
	}
	d.keys(refresh, failed)
	d.clock(clock)
	if d.problems > 0 {
		return cli.ExitFailed
	}
	d.accepted(refresh)
	return cli.ExitOK
}

func (d *doctor) keys(r jwks.Refresh, failed error) {
	if r.Err == "metadata" || r.URL == "" {
		d.wrong("discovery", "%s", r.Detail)
		return
	}
	d.ok("discovery", "the keys are at %s", r.URL)
	if r.Err != "" || failed != nil {
		d.wrong("keys", "%s: %s", r.Err, r.Detail)
	} else {
		d.ok("keys", "%d usable, for %s", r.Keys, strings.Join(r.Algorithms, ", "))
	}
	for _, dropped := range r.Dropped {
		fmt.Fprintf(d.out.Out, "note  %-12s %s\n", "key", cli.Clean(dropped.String()+" is not used"))
	}
	for _, id := range r.Duplicates {
		fmt.Fprintf(d.out.Out, "note  %-12s %s\n", "key", cli.Clean(fmt.Sprintf("%q is the id of several keys, which are all tried", id)))
	}
}

func (d *doctor) clock(c *dateReader) {
	skew, known := c.skew()
	switch {
	case !known:
		fmt.Fprintf(d.out.Out, "note  %-12s the issuer sends no Date\n", "clock")
	case skew > maxSkew || skew < -maxSkew:
		d.wrong("clock", "the issuer's clock is %v from this machine's: tokens are refused as expired or not yet valid; set the clocks right", skew.Round(time.Second))
	default:
		d.ok("clock", "agrees with the issuer's to within %v", maxSkew)
	}
}

// accepted says what an API that trusts the issuer accepts, and how to write it.
func (d *doctor) accepted(r jwks.Refresh) {
	audience := "<audience>"
	if len(d.audiences) > 0 {
		audience = d.audiences[0]
	}
	fmt.Fprintf(d.out.Out, "\nAn API accepts tokens whose iss is %q, whose aud holds %q, and that one of these keys\nhas signed with %s:\n\n  auth, err := core.ForIssuer(%q, %q)\n",
		d.issuer, audience, strings.Join(r.Algorithms, ", "), d.issuer, audience)
}

// dateReader is a transport that remembers the Date of the first answer.
type dateReader struct {
	next http.RoundTripper

	mu         sync.Mutex
	date, seen time.Time
}

func (t *dateReader) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		t.mu.Lock()
		if t.date.IsZero() {
			t.date, t.seen = date, time.Now()
		}
		t.mu.Unlock()
	}
	return resp, nil
}

func (t *dateReader) skew() (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.date.Sub(t.seen), !t.date.IsZero()
}
