package blog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver, without cgo
)

const schema = `
CREATE TABLE IF NOT EXISTS users (
	id    TEXT PRIMARY KEY,
	name  TEXT NOT NULL,
	email TEXT NOT NULL,
	role  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS posts (
	number     INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of lists
	id         TEXT NOT NULL UNIQUE,
	author_id  TEXT NOT NULL REFERENCES users (id),
	title      TEXT NOT NULL,
	body       TEXT NOT NULL,
	published  INTEGER NOT NULL,
	created_at INTEGER NOT NULL, -- milliseconds since 1970
	updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS posts_by_author ON posts (author_id, number);
`

// sqlite is a Store in a file, or in memory.
type sqlite struct{ db *sql.DB }

// OpenSQLite opens a store in the file, which is made if it is not there. ":memory:"
// is a store that ends with the process.
func OpenSQLite(ctx context.Context, file string) (Store, error) {
	settings := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(WAL)"}, "_txlock": {"immediate"}}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: settings.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("blog: opening %s: %w", file, err)
	}
	if file == ":memory:" {
		db.SetMaxOpenConns(1) // each connection has a memory of its own
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("blog: preparing %s: %w", file, err), db.Close())
	}
	return &sqlite{db}, nil
}

func (s *sqlite) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }
func (s *sqlite) Close() error                   { return s.db.Close() }

const postColumns = "id, author_id, title, body, published, created_at, updated_at"

func scanPost(row interface{ Scan(...any) error }) (p Post, err error) {
	var created, updated int64
	err = row.Scan(&p.ID, &p.AuthorID, &p.Title, &p.Body, &p.Published, &created, &updated)
	p.CreatedAt, p.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return p, err
}

func (s *sqlite) Posts(ctx context.Context, f Filter, p Page) ([]Post, error) {
	where, args := []string{"1"}, []any(nil)
	if f.AuthorID != "" {
		where, args = append(where, "author_id = ?"), append(args, f.AuthorID)
	}
	if f.PublishedOnly {
		where = append(where, "published")
	}
	if p.After != "" {
		where, args = append(where, "number < (SELECT number FROM posts WHERE id = ?)"), append(args, p.After)
	}
	query := "SELECT " + postColumns + " FROM posts WHERE " + strings.Join(where, " AND ") + " ORDER BY number DESC LIMIT ?"
	rows, err := s.db.QueryContext(ctx, query, append(args, p.First)...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func() (Post, error) { return scanPost(rows) })
}

func (s *sqlite) Post(ctx context.Context, id string) (Post, error) {
	return scanPost(s.db.QueryRowContext(ctx, "SELECT "+postColumns+" FROM posts WHERE id = ?", id))
}

func (s *sqlite) AddPost(ctx context.Context, p Post) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO posts ("+postColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		p.ID, p.AuthorID, p.Title, p.Body, p.Published, p.CreatedAt.UnixMilli(), p.UpdatedAt.UnixMilli())
	return err
}

func (s *sqlite) ChangePost(ctx context.Context, p Post) error {
	return s.one(ctx, "UPDATE posts SET title = ?, body = ?, published = ?, updated_at = ? WHERE id = ? AND author_id = ?",
		p.Title, p.Body, p.Published, p.UpdatedAt.UnixMilli(), p.ID, p.AuthorID)
}

func (s *sqlite) DeletePost(ctx context.Context, id string) error {
	return s.one(ctx, "DELETE FROM posts WHERE id = ?", id)
}

func (s *sqlite) Users(ctx context.Context, p Page) ([]User, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, name, email, role FROM users WHERE id > ? ORDER BY id LIMIT ?", p.After, p.First)
	if err != nil {
		return nil, err
	}
	return collect(rows, func() (User, error) { return scanUser(rows) })
}

// UsersByID asks for all users at once, in parts that SQLite's limit of variables
// allows.
func (s *sqlite) UsersByID(ctx context.Context, ids []string) ([]User, error) {
	const most = 500
	var users []User
	for len(ids) > 0 {
		part := ids[:min(most, len(ids))]
		ids = ids[len(part):]
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(part)), ", ")
		rows, err := s.db.QueryContext(ctx, "SELECT id, name, email, role FROM users WHERE id IN ("+marks+")", args...)
		if err != nil {
			return nil, err
		}
		found, err := collect(rows, func() (User, error) { return scanUser(rows) })
		if err != nil {
			return nil, err
		}
		users = append(users, found...)
	}
	return users, nil
}

func (s *sqlite) SaveUser(ctx context.Context, u User) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO users (id, name, email) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email`, u.ID, u.Name, u.Email)
	return err
}

func (s *sqlite) SetRole(ctx context.Context, id, role string) error {
	return s.one(ctx, "UPDATE users SET role = ? WHERE id = ?", role, id)
}

func (s *sqlite) Count(ctx context.Context) (posts, published, users int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM posts WHERE published),
		(SELECT count(*) FROM users)`).Scan(&posts, &published, &users)
	return posts, published, users, err
}

// one runs a statement that changes one row, or finds none.
func (s *sqlite) one(ctx context.Context, statement string, args ...any) error {
	result, err := s.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

func scanUser(rows *sql.Rows) (u User, err error) {
	err = rows.Scan(&u.ID, &u.Name, &u.Email, &u.Role)
	return u, err
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func() (T, error)) (list []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		item, err := scan()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}
