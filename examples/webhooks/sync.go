package main

import (
	"context"
	"database/sql"
	"strings"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/webhook"
)

// handlers keep the tables in step. Each runs at least once for a message, and in any
// order: what it does must be right when it comes late, and when it comes again.
func (s *service) handlers() webhook.Handlers {
	return webhook.Handlers{
		clerk.UserCreated: andThen(change(s.db, userCreated), s.mails.wakeUp),
		clerk.UserUpdated: andThen(change(s.db, saveUser), s.mails.wakeUp), // the address may be verified now
		clerk.UserDeleted: change(s.db, deleteUser),

		clerk.OrganizationCreated: change(s.db, saveOrganization),
		clerk.OrganizationUpdated: change(s.db, saveOrganization),
		clerk.OrganizationDeleted: change(s.db, deleteOrganization),

		clerk.MembershipCreated: change(s.db, saveMembership),
		clerk.MembershipUpdated: change(s.db, saveMembership),
		clerk.MembershipDeleted: change(s.db, deleteMembership),
	}
}

// record is for all other events: withWebhooks did what there is to do.
func (s *service) record(ctx context.Context, e *webhook.Event) error {
	return s.db.once(ctx, e, func(*sql.Tx) error { return nil })
}

// change makes a handler of a function that changes the tables.
func change[T any](db *database, apply func(context.Context, *sql.Tx, T) error) webhook.HandlerFunc {
	return webhook.Typed(func(ctx context.Context, e *webhook.Event, data T) error {
		return db.once(ctx, e, func(tx *sql.Tx) error { return apply(ctx, tx, data) })
	})
}

// andThen calls next when the handler has succeeded.
func andThen(handle webhook.HandlerFunc, next func()) webhook.HandlerFunc {
	return func(ctx context.Context, e *webhook.Event) error {
		if err := handle(ctx, e); err != nil {
			return err
		}
		next()
		return nil
	}
}

func userCreated(ctx context.Context, tx *sql.Tx, u clerkapi.User) error {
	if err := saveUser(ctx, tx, u); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO welcome_mails (user_id) VALUES (?) ON CONFLICT DO NOTHING", u.ID)
	return err
}

// saveUser changes nothing when the row is newer, or deleted.
func saveUser(ctx context.Context, tx *sql.Tx, u clerkapi.User) error {
	var email string
	if primary, ok := u.PrimaryEmail(); ok && primary.Verification.Verified() {
		email = primary.EmailAddress
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO users (id, name, email, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, updated_at = excluded.updated_at
		WHERE NOT users.deleted AND excluded.updated_at >= users.updated_at`,
		u.ID, strings.TrimSpace(u.FirstName+" "+u.LastName), email, milliseconds(u.UpdatedAt))
	return err
}

// deleteUser leaves the ID alone, also when the user has not arrived yet. Clerk does
// not use an ID again.
func deleteUser(ctx context.Context, tx *sql.Tx, u clerkapi.User) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO users (id, deleted) VALUES (?, 1)
		ON CONFLICT (id) DO UPDATE SET name = '', email = '', deleted = 1`, u.ID)
	return err
}

func saveOrganization(ctx context.Context, tx *sql.Tx, o clerkapi.Organization) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO organizations (id, name, slug, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, slug = excluded.slug, updated_at = excluded.updated_at
		WHERE NOT organizations.deleted AND excluded.updated_at >= organizations.updated_at`,
		o.ID, o.Name, o.Slug, milliseconds(o.UpdatedAt))
	return err
}

func deleteOrganization(ctx context.Context, tx *sql.Tx, o clerkapi.Organization) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO organizations (id, deleted) VALUES (?, 1)
		ON CONFLICT (id) DO UPDATE SET name = '', slug = '', deleted = 1`, o.ID)
	return err
}

// saveMembership lets a later membership of the same user follow a deleted one.
func saveMembership(ctx context.Context, tx *sql.Tx, m clerkapi.Membership) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO memberships (organization_id, user_id, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET role = excluded.role, created_at = excluded.created_at, updated_at = excluded.updated_at, deleted = 0
		WHERE excluded.created_at > memberships.created_at
		OR excluded.created_at = memberships.created_at AND excluded.updated_at >= memberships.updated_at AND NOT memberships.deleted`,
		m.Organization.ID, m.User.UserID, m.Role, milliseconds(m.CreatedAt), milliseconds(m.UpdatedAt))
	return err
}

// deleteMembership leaves a membership alone that began later.
func deleteMembership(ctx context.Context, tx *sql.Tx, m clerkapi.Membership) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO memberships (organization_id, user_id, role, created_at, updated_at, deleted) VALUES (?, ?, '', ?, ?, 1)
		ON CONFLICT DO UPDATE SET role = '', created_at = excluded.created_at, updated_at = excluded.updated_at, deleted = 1
		WHERE excluded.created_at >= memberships.created_at`,
		m.Organization.ID, m.User.UserID, milliseconds(m.CreatedAt), milliseconds(m.UpdatedAt))
	return err
}

func milliseconds(t clerkapi.Timestamp) int64 { return t.Time().UnixMilli() }
