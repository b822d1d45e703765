package clerk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/webhook"
)

// Invalidate forgets what an event of Clerk's webhooks says has changed: the
// user of user.updated, user.deleted and membership events, and the members of
// a deleted organization. Other events change nothing here. A lookup that runs
// when the event comes is repeated for later requests.
//
// It is a webhook.HandlerFunc:
//
//	hooks, err := clerk.NewWebhook(webhook.Handlers{
//		clerk.UserUpdated: directory.Invalidate, clerk.UserDeleted: directory.Invalidate,
//		clerk.MembershipUpdated: directory.Invalidate, clerk.MembershipDeleted: directory.Invalidate,
//	})
//
// A handler runs once for each message, on one replica. Set
// [DirectoryConfig].Store so that the others know as well. Its error is for data
// that is not Clerk's, and for a Store that does not answer: the delivery then
// fails, and the sender repeats it.
func (d *Directory) Invalidate(ctx context.Context, e *webhook.Event) error {
	var subject string
	switch {
	case e.Type == UserUpdated, e.Type == UserDeleted:
		subject = textAt(e.Data, "id")
	case strings.HasPrefix(e.Type, "organizationMembership."):
		subject = textAt(e.Data, "public_user_data", "user_id")
	case e.Type == OrganizationDeleted:
		subject = textAt(e.Data, "id")
	default:
		return nil
	}
	if subject == "" {
		return errEventData
	}
	return d.Forget(ctx, subject)
}

var errEventData = errors.New("clerk: the event's data is not as Clerk sends it")

// Forget makes the Directory ask again about a user (user_…), or about all known
// members of an organization (org_…), at the next request. Call it where your own
// back end changes metadata or memberships. The error is that of
// [DirectoryConfig].Store; this Directory has forgotten them all the same.
func (d *Directory) Forget(ctx context.Context, id string) error {
	d.forget(id)
	if d.changes == nil {
		return nil
	}
	return d.changes.add(ctx, id)
}

// forget drops what is remembered about a user or the members of an
// organization, and everything for "".
func (d *Directory) forget(id string) {
	switch {
	case id == "":
		d.users.forgetWhere(func(*record) bool { return true })
	case strings.HasPrefix(id, "org_"):
		d.users.forgetWhere(func(r *record) bool {
			return slices.ContainsFunc(r.rights.Memberships, func(m core.Membership) bool { return m.Organization == id })
		})
	default:
		d.users.forget(id)
	}
}

// textAt returns the string at a path of exact member names, or "".
func textAt(raw json.RawMessage, path ...string) string {
	for _, name := range path {
		var m claims
		if json.Unmarshal(raw, &m) != nil {
			return ""
		}
		raw = m[name]
	}
	return text(raw)
}
