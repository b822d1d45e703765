package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// errSurprise says that an answer was not what it must be.
var errSurprise = errors.New("the tour had surprises")

// once makes all the calls, prints what came of them, and returns errSurprise
// when something else was expected.
func once(ctx context.Context, frameworks []framework, out io.Writer) (err error) {
	p, err := start(frameworks, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	t := newTour(p)
	defer t.transport.CloseIdleConnections()
	if err := t.run(ctx); err != nil {
		return err
	}
	surprises, err := report(out, frameworks, t.rows)
	if err == nil && surprises > 0 {
		err = errSurprise
	}
	return err
}

// tour goes through the situations, one after the other, on every API.
type tour struct {
	p         *playground
	transport *http.Transport
	client    *http.Client
	rows      []row
}

// row is a situation and how each API answered.
type row struct {
	situation
	answers []answer
}

func newTour(p *playground) *tour {
	transport := &http.Transport{} // knows no proxy: nothing leaves the machine
	return &tour{p: p, transport: transport, client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// run returns an error when it could not go on; surprises are in the rows.
func (t *tour) run(ctx context.Context) error {
	for _, s := range everyday {
		if err := t.ask(ctx, t.p.apis, s); err != nil {
			return err
		}
	}
	if err := t.webhooks(ctx); err != nil {
		return err
	}
	if err := t.rotation(ctx); err != nil {
		return err
	}
	return t.outage(ctx)
}

// webhooks has Clerk tell of a user: once, once more, and somebody else pretend to.
func (t *tour) webhooks(ctx context.Context) error {
	genuine := t.p.clerk.NewWebhook("user.created", devissuer.Claims{"id": "user_ada", "object": "user"})
	for _, d := range []struct {
		name    string
		webhook devclerk.Webhook
		want    want
	}{
		{"webhook, signed", genuine, ok(`{"status":"processed"}`)},
		{"webhook, delivered again", genuine, ok(`{"status":"already_processed"}`)},
		{"webhook, forged", genuine.Forged(), invalidWebhook},
	} {
		s := situation{d.name, "POST", "/webhooks", nil, d.want}
		err := t.each(ctx, t.p.apis, s, func(a *api) (*http.Request, error) { return d.webhook.Request(ctx, a.url+s.path) })
		if err != nil {
			return err
		}
	}
	return nil
}

// rotation has the issuer change its key. The APIs go on without a restart.
func (t *tour) rotation(ctx context.Context) error {
	t.p.issuer.Rotate("ES256")
	rotated := t.p.newToken("ROTATED")
	return t.ask(ctx, t.p.apis, situation{"new key after a rotation", "GET", "/me", []string{rotated}, ok(adasProfile)})
}

// outage stops the issuer, and starts it again.
func (t *tour) outage(ctx context.Context) (err error) {
	// APIs that have never been asked have never fetched keys. They start before
	// the issuer stops, so that none of them is given the port that it left.
	late, err := t.p.startAPIs(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopAll(late)) }()
	t.p.issuer.Down()
	// A token that nobody has seen yet: keys are remembered, not tokens alone.
	fresh := []string{t.p.newToken("FRESH")}
	if err := t.ask(ctx, t.p.apis, situation{"issuer down, keys known", "GET", "/me", fresh, ok(adasProfile)}); err != nil {
		return err
	}
	if err := t.ask(ctx, late, situation{"issuer down, API just started", "GET", "/me", fresh, unavailable}); err != nil {
		return err
	}
	if err := t.p.issuer.Up(); err != nil {
		return err
	}
	for _, a := range late {
		if err := a.waitReady(ctx); err != nil {
			return fmt.Errorf("the %s API found no keys although the issuer is back: %w", a.name, err)
		}
	}
	return t.ask(ctx, late, situation{"issuer back, API not restarted", "GET", "/me", fresh, ok(adasProfile)})
}

// newToken makes a token for Ada that no API has seen, and returns its name.
func (p *playground) newToken(name string) string {
	text := p.issuer.Token(devissuer.Claims{"sub": "user_ada", "roles": []string{"admin"}})
	p.tokens = append(p.tokens, token{name, "Ada, once more", text})
	return name
}

// ask makes a situation's request of each API.
func (t *tour) ask(ctx context.Context, apis []*api, s situation) error {
	return t.each(ctx, apis, s, func(a *api) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, s.method, a.url+s.path, nil)
		if err != nil {
			return nil, err
		}
		for _, name := range s.tokens {
			req.Header.Add("Authorization", "Bearer "+t.p.text(name)) // a line each
		}
		return req, nil
	})
}

// each makes a request of each API, and a row of the answers.
func (t *tour) each(ctx context.Context, apis []*api, s situation, request func(*api) (*http.Request, error)) error {
	r := row{situation: s}
	for i, a := range apis {
		req, err := request(a)
		if err != nil {
			return err
		}
		got := t.call(req)
		if err := ctx.Err(); err != nil {
			return err // interrupted; the API is not to blame
		}
		got.surprises = s.want.check(got)
		if i > 0 && len(got.surprises) == 0 && len(r.answers[0].surprises) == 0 {
			got.surprises = got.differences(r.answers[0], apis[0].name)
		}
		r.answers = append(r.answers, got)
	}
	t.rows = append(t.rows, r)
	return nil
}

func (t *tour) call(req *http.Request) answer {
	res, err := t.client.Do(req)
	if err != nil {
		return answer{failure: err}
	}
	defer res.Body.Close()
	return read(res)
}
