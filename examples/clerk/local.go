package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// local is a stand-in for a Clerk instance with the people of seed.
type local struct {
	instance *devclerk.Instance
	*seeded
}

func startLocal(ctx context.Context) (_ *local, err error) {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = instance.Close()
		}
	}()
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: instance.SecretKey(), APIURL: instance.APIURL()})
	if err != nil {
		return nil, err
	}
	got, err := seed(ctx, backend)
	if err != nil {
		return nil, err
	}
	return &local{instance, got}, nil
}

// config is what the environment says for a real instance.
func (l *local) config() clerk.Config {
	return clerk.Config{
		PublishableKey: l.instance.PublishableKey(), SecretKey: l.instance.SecretKey(), ProxyURL: l.instance.ProxyURL(),
		APIURL: l.instance.APIURL(), AuthorizedParties: []string{l.instance.AuthorizedParty()},
	}
}

// session is one in which the person acts in the organization, as Clerk would make it
// for a plan with invoices. The person signed in so many minutes ago, with both
// factors.
func (l *local) session(p person, minutes int) devclerk.Session {
	permissions := []string{"org:invoices:read"}
	if p.role == "org:admin" {
		permissions = append(permissions, "org:invoices:create")
	}
	return devclerk.Session{
		ID: "sess_" + strings.ToLower(p.name), User: l.users[p.name], FactorAge: &[2]int{minutes, minutes},
		Organization: &devclerk.Organization{ID: l.organization, Slug: slug, Role: p.role, Permissions: permissions},
		Features:     []string{"o:invoices"}, Plans: []string{"o:pro"},
	}
}

// greeting has shell variables with a token for each of the people.
func (l *local) greeting() string {
	text := "\nThe environment has no keys of Clerk, so a stand-in on this machine knows the users.\n" +
		"Tokens for 8 hours; paste these lines into another terminal:\nORG=" + l.organization + "\n"
	for i, p := range people {
		token := l.instance.Token(l.session(p, 1+60*i), devclerk.Claims{"exp": time.Now().Add(8 * time.Hour).Unix()})
		text += fmt.Sprintf("%s=%s\n", strings.ToUpper(p.name), token)
	}
	return text
}
