package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/core/webhook"
)

// playground is an issuer and a Clerk instance, the APIs that trust both, and
// tokens of all kinds.
type playground struct {
	frameworks      []framework
	issuer          *devissuer.Issuer
	clerk           *devclerk.Instance
	untrustedIssuer *devissuer.Issuer // an issuer that the APIs do not trust
	apis            []*api
	tokens          []token
}

// start starts the issuers and the APIs. Every decision of the APIs goes to log.
func start(frameworks []framework, log *slog.Logger) (p *playground, err error) {
	p = &playground{frameworks: frameworks}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	// ES256 because its tokens are short enough to read.
	options := devissuer.Options{Algorithms: []string{"ES256"}}
	if p.issuer, err = devissuer.Start(options); err != nil {
		return p, err
	}
	if p.clerk, err = devclerk.Start(devclerk.Options{}); err != nil {
		return p, err
	}
	if p.untrustedIssuer, err = devissuer.Start(options); err != nil {
		return p, err
	}
	if p.apis, err = p.startAPIs(log); err != nil {
		return p, err
	}
	p.tokens = makeTokens(p.issuer, p.untrustedIssuer, p.clerk)
	return p, nil
}

// startAPIs starts one API on each framework. Each has an Authenticator of its
// own, as separate programs would, so that none uses keys or tokens that another
// has cached.
func (p *playground) startAPIs(log *slog.Logger) (apis []*api, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, stopAll(apis))
		}
	}()
	for _, f := range p.frameworks {
		log := log.With("api", f.name)
		auth, err := newAuthenticator(p.issuer, p.clerk, log)
		if err != nil {
			return apis, err
		}
		hooks, err := newHooks(p.clerk, log)
		if err != nil {
			return apis, err
		}
		a, err := startAPI(f, auth, hooks)
		if err != nil {
			return apis, err
		}
		apis = append(apis, a)
	}
	return apis, nil
}

// newAuthenticator trusts two issuers. With one of them it is a single line, and
// with Clerk it is the second one:
//
//	auth, err := core.ForIssuer("https://tenant.eu.auth0.com/", "https://api.example.com")
//	auth, err := clerk.NewFromEnv()
func newAuthenticator(issuer *devissuer.Issuer, instance *devclerk.Instance, log *slog.Logger) (*core.Authenticator, error) {
	users, err := clerk.Issuer(clerk.Config{
		PublishableKey:    instance.PublishableKey(),
		ProxyURL:          instance.ProxyURL(),
		AuthorizedParties: []string{instance.AuthorizedParty()},
	})
	if err != nil {
		return nil, err
	}
	return core.New(core.Config{
		Issuers: []core.Issuer{users, {
			URL:       issuer.URL(),
			Audiences: []string{issuer.Audience()},
		}},
		Observer: core.LogObserver(log),
	})
}

// newHooks does what clerk.NewWebhook does when the environment has the secret.
func newHooks(instance *devclerk.Instance, log *slog.Logger) (*webhook.Handler, error) {
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{instance.WebhookSecret()}})
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Config{
		Verifier: verifier,
		Handlers: webhook.Handlers{
			clerk.UserCreated: webhook.Typed(func(ctx context.Context, _ *webhook.Event, u clerkapi.User) error {
				log.InfoContext(ctx, "a user signed up", "user", u.ID)
				return nil
			}),
		},
		Logger: log,
	})
}

// close stops the APIs and the issuers.
func (p *playground) close() error {
	err := stopAll(p.apis)
	for _, i := range []*devissuer.Issuer{p.issuer, p.untrustedIssuer} {
		if i != nil {
			err = errors.Join(err, i.Close())
		}
	}
	if p.clerk != nil {
		err = errors.Join(err, p.clerk.Close())
	}
	return err
}

func stopAll(apis []*api) error {
	var err error
	for _, a := range apis {
		err = errors.Join(err, a.stop())
	}
	return err
}
