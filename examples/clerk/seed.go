package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
)

// person is a user to create, and a member of the organization.
type person struct {
	name, lastName string
	role           string // in the organization
	metadata       map[string]any
}

// externalID finds the user again when seed runs a second time.
func (p person) externalID() string { return "authkeel-example-" + strings.ToLower(p.name) }

// email is an address for tests: Clerk sends no mail there in a development instance,
// and takes the code 424242 for it.
func (p person) email() string { return strings.ToLower(p.name) + "+clerk_test@example.com" }

const (
	slug = "authkeel-example"
	name = "Acme"
)

// people are the users of the example. Clerk makes the first an admin of the
// organization, because it creates it.
var people = []person{
	{name: "Ada", lastName: "Lovelace", role: "org:admin", metadata: map[string]any{"role": "admin"}},
	{name: "Mo", lastName: "Salah", role: "org:member", metadata: map[string]any{"role": "member"}},
	{name: "Grace", lastName: "Hopper", role: "org:member"},
}

// seeded are the IDs that Clerk gave.
type seeded struct {
	organization string
	users        map[string]string // by name
}

func seedCommand(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	yes, live := flags.Bool("yes", false, ""), flags.Bool("live", false, "")
	if err := parse(flags, args); err != nil {
		return err
	}
	cfg, named, err := fromEnvironment()
	switch {
	case err != nil:
		return err
	case !named:
		return fmt.Errorf("%w: seed needs CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY; the stand-in is seeded when it starts", errUsage)
	case strings.HasPrefix(cfg.SecretKey, "sk_live_") && !*live:
		return errors.New("CLERK_SECRET_KEY is that of a production instance: add -live to create the users there")
	}
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: cfg.SecretKey, APIURL: cfg.APIURL})
	if err != nil {
		return err
	}
	if !*yes {
		fmt.Fprintf(stdout, "seed would create the organization %s and these users, where they are missing; add -yes to do it:\n", slug)
		for _, p := range people {
			fmt.Fprintf(stdout, "  %s <%s>, %s\n", p.name, p.email(), p.role)
		}
		return nil
	}
	got, err := seed(ctx, backend)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "organization %s\n", got.organization)
	for _, p := range people {
		fmt.Fprintf(stdout, "%s is %s\n", p.name, got.users[p.name])
	}
	return nil
}

// seed creates what is missing and brings the rest to what is written above, so it may
// run again, also after it failed in the middle.
func seed(ctx context.Context, b *clerkapi.Backend) (*seeded, error) {
	got := &seeded{users: map[string]string{}}
	for _, p := range people {
		u, err := EnsureUser(ctx, b, clerkapi.NewUser{
			ExternalID: p.externalID(), FirstName: p.name, LastName: p.lastName, EmailAddress: p.email(),
			Metadata: clerkapi.Metadata{Public: p.metadata},
		})
		if err != nil {
			return nil, fmt.Errorf("the user %s: %w", p.name, err)
		}
		got.users[p.name] = u.ID
	}
	o, err := EnsureOrganization(ctx, b, clerkapi.NewOrganization{Name: name, Slug: slug, CreatedBy: got.users[people[0].name]})
	if err != nil {
		return nil, fmt.Errorf("the organization %s: %w", slug, err)
	}
	got.organization = o.ID
	for _, p := range people {
		if err := EnsureMember(ctx, b, o.ID, got.users[p.name], p.role); err != nil {
			return nil, fmt.Errorf("the membership of %s: %w", p.name, err)
		}
	}
	return got, nil
}
