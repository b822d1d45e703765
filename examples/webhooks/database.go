package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver, without cgo

	"github.com/authkeel/authkeel/core/webhook"
)

// schema has no foreign keys, because deliveries come in any order: a membership may
// arrive before its user. A deleted row stays without its data, so that a delivery
// that is late does not bring it back. Times are milliseconds since 1970.
const schema = `
CREATE TABLE IF NOT EXISTS users (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL DEFAULT '',
	email      TEXT NOT NULL DEFAULT '', -- verified, or ''
	updated_at INTEGER NOT NULL DEFAULT 0,
	deleted    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS organizations (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL DEFAULT '',
	slug       TEXT NOT NULL DEFAULT '',
	updated_at INTEGER NOT NULL DEFAULT 0,
	deleted    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS memberships (
	organization_id TEXT NOT NULL,
	user_id         TEXT NOT NULL,
	role            TEXT NOT NULL,
	created_at      INTEGER NOT NULL, -- a user who left and joined again has another one
	updated_at      INTEGER NOT NULL,
	deleted         INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE TABLE IF NOT EXISTS messages ( -- that were handled
	id         TEXT PRIMARY KEY,
	type       TEXT NOT NULL,
	handled_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (handled_at);
CREATE TABLE IF NOT EXISTS welcome_mails ( -- one for each user
	user_id TEXT PRIMARY KEY,
	sent_at INTEGER NOT NULL DEFAULT 0 -- 0: not yet
) STRICT;
`

// rememberMessages is how long a message is remembered. The sender tries for 28
// hours; later somebody may still send it again from the dashboard.
const rememberMessages = 90 * 24 * time.Hour

type database struct {
	db  *sql.DB
	now func() time.Time
}

// openDatabase opens the file, which is made if it is not there. ":memory:" is a
// database that ends with the process.
func openDatabase(ctx context.Context, file string, now func() time.Time) (*database, error) {
	settings := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)"}, "_txlock": {"immediate"}}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: settings.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	if file == ":memory:" {
		db.SetMaxOpenConns(1) // each connection has a memory of its own
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing %s: %w", file, err), db.Close())
	}
	return &database{db, now}, nil
}

// once calls change unless the message was handled before, and records that it was.
// Both are in one transaction: a crash leaves both or neither, and the sender, which
// got no answer, delivers the message again.
func (d *database) once(ctx context.Context, e *webhook.Event, change func(*sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	now := d.now()
	recorded, err := tx.ExecContext(ctx, "INSERT INTO messages (id, type, handled_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		e.ID, e.Type, now.UnixMilli())
	if err != nil {
		return err
	}
	if n, err := recorded.RowsAffected(); err != nil || n == 0 {
		return err // it was handled before
	}
	if err := change(tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM messages WHERE handled_at < ?", now.Add(-rememberMessages).UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}

type user struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

type organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

type member struct {
	UserID string `json:"userId"`
	Name   string `json:"name"`
	Role   string `json:"role"`
}

// errNotFound is for a row that is deleted or not there yet.
var errNotFound = errors.New("not found")

func (d *database) user(ctx context.Context, id string) (u user, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT id, name, email FROM users WHERE id = ? AND NOT deleted", id).Scan(&u.ID, &u.Name, &u.Email)
	return u, orNotFound(err)
}

func (d *database) organization(ctx context.Context, id string) (o organization, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT id, name, slug FROM organizations WHERE id = ? AND NOT deleted", id).Scan(&o.ID, &o.Name, &o.Slug)
	return o, orNotFound(err)
}

func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errNotFound
	}
	return err
}

// page is a part of a list, which is in the order of IDs.
type page struct {
	after string // the last ID of the page before
	first int    // how many
}

func (d *database) users(ctx context.Context, p page) ([]user, error) {
	return list(ctx, d.db, func(rows *sql.Rows) (u user, err error) {
		return u, rows.Scan(&u.ID, &u.Name, &u.Email)
	}, "SELECT id, name, email FROM users WHERE NOT deleted AND id > ? ORDER BY id LIMIT ?", p.after, p.first)
}

// members has also those whose user has not arrived yet, without a name, and none
// whose user is deleted.
func (d *database) members(ctx context.Context, organization string, p page) ([]member, error) {
	return list(ctx, d.db, func(rows *sql.Rows) (m member, err error) {
		return m, rows.Scan(&m.UserID, &m.Name, &m.Role)
	}, `SELECT m.user_id, coalesce(u.name, ''), m.role FROM memberships m LEFT JOIN users u ON u.id = m.user_id
		WHERE m.organization_id = ? AND NOT m.deleted AND NOT coalesce(u.deleted, 0) AND m.user_id > ? ORDER BY m.user_id LIMIT ?`,
		organization, p.after, p.first)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = []T{} // in JSON an empty list, not null
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, rows.Err()
}
