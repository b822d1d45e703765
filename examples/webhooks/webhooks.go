package main

import (
	"context"
	"errors"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/webhook"
)

// withWebhooks makes the authenticator of cfg, and the handler of Clerk's webhooks. What
// has ended by a delivery counts at the next request: a session, a user, the rights of
// a membership. more says what else happens with deliveries. With several replicas the
// list and more need one store that all of them share, such as core/redisstore.
func withWebhooks(cfg clerk.Config, list *revocation.List, more webhook.Config) (*core.Authenticator, *webhook.Handler, error) {
	keys, err := clerk.Keys(cfg)
	if err != nil {
		return nil, nil, err
	}
	cfg.Keys, cfg.Core.Revocations = keys, list
	authenticator, err := clerk.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	issuer, err := clerk.Issuer(cfg)
	if err != nil {
		return nil, nil, err
	}
	revoke := clerk.Revoke(list, issuer.URL)
	// It runs before the handlers, for each delivery: with several replicas each of
	// them has a memory of its own.
	more.EveryDelivery = func(ctx context.Context, e *webhook.Event) error {
		err := errors.Join(revoke(ctx, e), endRights(ctx, list, issuer.URL, e))
		if cfg.Directory != nil {
			err = errors.Join(err, cfg.Directory.Invalidate(ctx, e))
		}
		return err
	}
	hooks, err := webhook.New(more)
	return authenticator, hooks, err
}

// endRights revokes the tokens that still have the rights of a membership that was
// changed or has ended. The session goes on, and its next token has the new rights. A
// front end that gets 401 asks for that token with getToken({skipCache: true}).
func endRights(ctx context.Context, list *revocation.List, issuer string, e *webhook.Event) error {
	switch e.Type {
	case clerk.MembershipUpdated, clerk.MembershipDeleted:
		m, err := webhook.Data[clerkapi.Membership](e)
		if err != nil {
			return err
		}
		// Not the present time: a delivery that is repeated would also end newer tokens.
		at := clerk.EventSourceOf(e).Time
		if now := list.Now(); at.IsZero() || at.After(now.Add(time.Minute)) { // Clerk's clock may be ahead of ours
			at = now
		}
		return list.RevokeSubject(ctx, issuer, m.User.UserID, at)
	case clerk.OrganizationDeleted:
		o, err := webhook.Data[clerkapi.Organization](e)
		if err != nil {
			return err
		}
		return list.RevokeOrganization(ctx, issuer, o.ID, time.Time{})
	}
	return nil
}
