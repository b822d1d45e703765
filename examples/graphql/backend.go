package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/examples/blog"
)

// backend is what the API is made of.
type backend struct {
	auth        *core.Authenticator
	revocations *revocation.List
	service     *blog.Service
	posts       blog.Store
}

// newBackend opens the file of the database and trusts the issuer. Each change may
// edit the configuration first.
func newBackend(ctx context.Context, database, issuer, audience string, change ...func(*core.Config)) (_ *backend, err error) {
	posts, err := blog.OpenSQLite(ctx, database)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, posts.Close())
		}
	}()
	service := blog.NewService(posts)
	// Several replicas share a core/redisstore here instead.
	revocations, err := revocation.New(revocation.Config{Store: store.NewMemory(store.MemoryOptions{})})
	if err != nil {
		return nil, err
	}
	config := core.Config{
		Issuers:     []core.Issuer{{URL: issuer, Audiences: []string{audience}, LookupRights: service.Rights}},
		Revocations: revocations,
	}
	for _, c := range change {
		c(&config)
	}
	auth, err := core.New(config)
	if err != nil {
		return nil, err
	}
	return &backend{auth, revocations, service, posts}, nil
}

// ready reports whether requests can be answered: keys are there and the database
// answers.
func (b *backend) ready(ctx context.Context) error {
	if err := b.auth.Ready(ctx); err != nil {
		return err
	}
	if err := b.service.Ping(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	return nil
}

func (b *backend) close() error { return b.posts.Close() }
