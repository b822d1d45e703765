package clerk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/webhook"
)

func ExampleNew() {
	_, err := clerk.New(clerk.Config{PublishableKey: "your_clerk_publishable_key_here"})
	fmt.Println(err)

	auth, err := clerk.New(clerk.Config{
		PublishableKey:    "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k",
		AuthorizedParties: []string{"https://app.example.com"},
		AllowCookie:       true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(auth.Issuers()[0])
	// Output:
	// clerk: Config.PublishableKey (CLERK_PUBLISHABLE_KEY) still holds the placeholder of an example: put in the real value, from the API keys page of the Clerk dashboard, or remove it
	// https://clerk.example.com
}

// Users of Clerk and of another issuer, in one API.
func ExampleIssuer() {
	is, err := clerk.Issuer(clerk.Config{PublishableKey: "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"})
	if err != nil {
		fmt.Println(err)
		return
	}
	auth, err := core.New(core.Config{Issuers: []core.Issuer{is,
		{URL: "https://tenant.eu.auth0.com/", Audiences: []string{"https://api.example.com"}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, url := range auth.Issuers() {
		fmt.Println(url)
	}
	// Output:
	// https://clerk.example.com
	// https://tenant.eu.auth0.com/
}

// signedIn is a request's context as middleware leaves it.
func signedIn(factorAge *clerk.FactorAge) context.Context {
	id := core.NewIdentity(core.IdentityData{Subject: "user_1", ProviderData: clerk.Session{ID: "sess_1", UserID: "user_1",
		Organization: clerk.ActiveOrganization{ID: "org_1", Role: "org:admin"},
		Plans:        clerk.Grants{Organization: []string{"pro"}},
		FactorAge:    factorAge}})
	return core.WithIdentity(context.Background(), id)
}

func ExampleHas() {
	ctx := signedIn(&clerk.FactorAge{First: 30, Second: -1})
	fmt.Println(core.Authorize(ctx, clerk.Has(clerk.HasParams{Role: "admin", Plan: "pro"})))

	recent := clerk.Has(clerk.HasParams{Role: "admin", Reverification: clerk.Strict})
	err := core.Authorize(ctx, recent)
	fmt.Println(errors.Is(err, core.ErrDenied))

	auth, err2 := clerk.New(clerk.Config{PublishableKey: "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"})
	if err2 != nil {
		fmt.Println(err2)
		return
	}

	w := httptest.NewRecorder()
	auth.Refusal(ctx, err).Write(w) // as the middleware of Require does
	fmt.Println(w.Code, w.Body)
	// Output:
	// <nil>
	// true
	// 403 {"clerk_error":{"metadata":{"reverification":"strict"},"reason":"reverification-error","type":"forbidden"},"error":"insufficient_scope","error_description":"the caller lacks a right that the request needs"}
}

// A policy of one's own asks for a factor only where much is at stake.
func ExampleReverificationHint() {
	const amount = 5000
	recent := clerk.Has(clerk.HasParams{Reverification: clerk.Within{Level: clerk.FirstFactor, AfterMinutes: 5}})
	large := core.Policy(func(ctx context.Context, id *core.Identity) error {
		if amount < 1000 || recent(ctx, id) == nil {
			return nil
		}
		return &core.DeniedError{Requirement: "large payment", Hint: clerk.ReverificationHint(clerk.Moderate)}
	})
	fmt.Println(core.Authorize(signedIn(&clerk.FactorAge{First: 1, Second: -1}), large))
	fmt.Println(core.Authorize(signedIn(nil), large))
	// Output:
	// <nil>
	// denied
}

func ExampleSessionFrom() {
	ctx := signedIn(&clerk.FactorAge{First: 3, Second: -1})
	id, _ := core.IdentityFrom(ctx)
	if s, ok := clerk.SessionFrom(id); ok {
		fmt.Println(s.UserID, s.Organization.Role, s.Plans.Organization, time.Duration(s.FactorAge.First)*time.Minute)
	}
	// Output: user_1 org:admin [pro] 3m0s
}

// Roles that live in the users' public metadata, and a webhook that says when
// they change.
func ExampleDirectory() {
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: "sk_live_example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	directory, err := clerk.NewDirectory(clerk.DirectoryConfig{Users: backend})
	if err != nil {
		fmt.Println(err)
		return
	}
	auth, err := clerk.New(clerk.Config{PublishableKey: "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k", Directory: directory})
	if err != nil {
		fmt.Println(err)
		return
	}
	on := webhook.Handlers{
		clerk.UserUpdated: directory.Invalidate, clerk.UserDeleted: directory.Invalidate, clerk.MembershipDeleted: directory.Invalidate,
	}
	fmt.Println(auth.Issuers()[0], len(on))
	// Output: https://clerk.example.com 3
}

// People and machines, each on routes of their own.
func ExampleKeys() {
	cfg := clerk.Config{PublishableKey: "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k", SecretKey: "sk_live_example"}
	var err error
	if cfg.Keys, err = clerk.Keys(cfg); err != nil {
		fmt.Println(err)
		return
	}
	people, err := clerk.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.Accept = []clerk.TokenType{clerk.APIKey, clerk.M2MToken}
	_, err = clerk.New(cfg)
	fmt.Println(err)
	cfg.MachineID = "mch_2vYVtestTESTtestTESTtestTESTtest"
	machines, err := clerk.New(cfg)
	fmt.Println(people != nil, machines != nil, err)
	// Output:
	// clerk: Config.MachineID is not the ID of a machine (mch_…), and Accept names M2M tokens: take this service's ID from the Machines page of the dashboard, or set AllowAnyMachine to accept tokens for your other services
	// true true <nil>
}
