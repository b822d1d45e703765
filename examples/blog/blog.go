// Package blog is what the example applications are about: posts, the people who
// write them, and who may see and change what. It knows neither HTTP nor GraphQL. The
// caller comes with the context, as the middleware of every adapter puts it there.
package blog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/authkeel/authkeel/core"
)

// Post is something that somebody wrote.
type Post struct {
	ID        string
	AuthorID  string // the subject of the author's tokens
	Title     string
	Body      string
	Published bool // others see it
	CreatedAt time.Time
	UpdatedAt time.Time
}

// User is somebody who has written a post, or has been given a role.
type User struct {
	ID    string // the subject of their tokens
	Name  string
	Email string // "" where the caller may not see it
	Role  string // one of Roles, or "" for none
}

// Roles are the roles that an admin can give. Tokens may bring others.
var Roles = []string{"admin", "manager", "editor"}

// Errors of the service, beside those of core.Authorize.
var (
	// ErrNotFound is also the answer for what the caller may not see.
	ErrNotFound = errors.New("blog: not found")
)

// InvalidError says what is wrong with the data of a request. Its text is for the
// client.
type InvalidError struct{ Field, Problem string }

func (e *InvalidError) Error() string { return e.Field + " " + e.Problem }

// Draft is what a client sends for a post.
type Draft struct {
	Title     string
	Body      string
	Published bool
}

// The limits of a post, in characters.
const (
	MaxTitle = 200
	MaxBody  = 20_000
)

// check returns an *InvalidError, or nil.
func (d *Draft) check() error {
	d.Title = strings.TrimSpace(d.Title)
	switch {
	case d.Title == "":
		return &InvalidError{"title", "must not be empty"}
	case utf8.RuneCountInString(d.Title) > MaxTitle:
		return &InvalidError{"title", fmt.Sprintf("must have at most %d characters", MaxTitle)}
	case utf8.RuneCountInString(d.Body) > MaxBody:
		return &InvalidError{"body", fmt.Sprintf("must have at most %d characters", MaxBody)}
	}
	return nil
}

// MaxPage is the largest number of items that one call returns.
const MaxPage = 100

// Page is a part of a list, the newest first.
type Page struct {
	First int    // how many, from 1 to MaxPage
	After string // the ID of the last item that the client has; "" for the beginning
}

func (p Page) check() error {
	if p.First < 1 || p.First > MaxPage {
		return &InvalidError{"first", fmt.Sprintf("must be from 1 to %d", MaxPage)}
	}
	return nil
}

// Filter says which posts a list has. A field that is "" or false excludes nothing.
type Filter struct {
	AuthorID      string
	PublishedOnly bool
}

// Store keeps posts and users. IDs that do not exist give ErrNotFound. It is safe for
// concurrent use.
type Store interface {
	Posts(ctx context.Context, f Filter, p Page) ([]Post, error)
	Post(ctx context.Context, id string) (Post, error)
	AddPost(ctx context.Context, p Post) error
	// ChangePost replaces what a Draft has, if the post still has this author.
	ChangePost(ctx context.Context, p Post) error
	DeletePost(ctx context.Context, id string) error

	Users(ctx context.Context, p Page) ([]User, error)
	// UsersByID returns those of the users that exist.
	UsersByID(ctx context.Context, ids []string) ([]User, error)
	// SaveUser adds a user, or replaces name and email of one who exists.
	SaveUser(ctx context.Context, u User) error
	// SetRole gives a user a role, "" for none.
	SetRole(ctx context.Context, id, role string) error

	// Count returns the number of posts, of those that are published, and of users.
	Count(ctx context.Context) (posts, published, users int, err error)
	Ping(ctx context.Context) error
	Close() error
}

// isAdmin reports whether the caller is an admin. An error is an outage.
func isAdmin(ctx context.Context) (bool, error) {
	id, ok := core.IdentityFrom(ctx)
	if !ok {
		return false, nil
	}
	var outage *core.Error
	err := core.Role("admin")(ctx, id)
	if errors.As(err, &outage) {
		return false, err
	}
	return err == nil, nil
}

// author is the policy that grants to one user.
func author(userID string) core.Policy {
	return func(_ context.Context, id *core.Identity) error {
		if userID != "" && id.Subject() == userID {
			return nil
		}
		return &core.DeniedError{Requirement: "the author of the post"}
	}
}
