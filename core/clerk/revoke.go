package clerk

import (
	"context"
	"time"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/webhook"
)

// Revoke returns a function for Clerk's webhooks that puts into list what has
// ended: the session of session.revoked, session.removed and session.ended, the
// user of user.deleted, and all tokens until then of the user of user.updated who
// is banned. Other events change nothing: a token keeps the rights of a membership
// that has ended until it expires, and examples/webhooks shows how to revoke it.
// issuer is that of the instance, as core.Issuer.URL of [Issuer].
//
// As [webhook.Config].EveryDelivery it runs beside your own functions:
//
//	hooks, err := webhook.New(webhook.Config{Verifier: verifier, EveryDelivery: clerk.Revoke(list, issuer.URL)})
//
// Its error is for data that is not Clerk's, and that of the list. The delivery
// then fails, and the sender repeats it. It panics when list is nil.
func Revoke(list *revocation.List, issuer string) webhook.HandlerFunc {
	if list == nil {
		panic("clerk: Revoke(nil): handle the error of revocation.New before")
	}
	session := webhook.Typed(func(ctx context.Context, _ *webhook.Event, s clerkapi.Session) error {
		return list.RevokeSession(ctx, issuer, s.ID)
	})
	deleted := webhook.Typed(func(ctx context.Context, _ *webhook.Event, u clerkapi.User) error {
		return list.RevokeSubject(ctx, issuer, u.ID, time.Time{})
	})
	updated := webhook.Typed(func(ctx context.Context, _ *webhook.Event, u clerkapi.User) error {
		if !u.Banned {
			return nil
		}
		return list.RevokeSubject(ctx, issuer, u.ID, list.Now())
	})
	byType := webhook.Handlers{
		SessionRevoked: session, SessionRemoved: session, SessionEnded: session, UserDeleted: deleted, UserUpdated: updated,
	}
	return func(ctx context.Context, e *webhook.Event) error {
		if f := byType[e.Type]; f != nil {
			return f(ctx, e)
		}
		return nil
	}
}
