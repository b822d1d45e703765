package clerk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/authkeel/authkeel/core"
)

// UserSource finds users. A [*Backend] is one; with clerk-sdk-go it takes a few
// lines (examples/clerksdk). The error for a user who does not exist has
// [ErrNotFound] in it; every other error is an outage.
type UserSource interface {
	User(ctx context.Context, id string) (*User, error)
}

// MembershipSource finds the ids of the organizations a user is a member of. A
// [*Backend] is one.
type MembershipSource interface {
	Organizations(ctx context.Context, userID string) ([]string, error)
}

// DirectoryConfig says where users come from and how long they are remembered.
// Users alone is enough.
type DirectoryConfig struct {
	Users UserSource
	// Memberships answers core.InOrganization for organizations in which the user
	// is not acting at the moment. It costs a second call for each user. nil: only
	// the active organization counts, which the token names.
	Memberships MembershipSource

	MaxAge   time.Duration // after which a user is asked for anew; default 60s
	StaleFor time.Duration // how long, after MaxAge, the last answer serves while Clerk does not; default 10m, negative none
	MaxUsers int           // remembered at once; default 10 000
	Timeout  time.Duration // of asking for one user; default 5s

	// Logger is told at level Warn, at most every ten seconds, that the last known
	// answers are served. Default: slog.Default().
	Logger *slog.Logger
	Now    func() time.Time // default time.Now
}

// Directory remembers users and their rights for a while, so that an API whose
// roles live in public metadata makes one call for each user and minute. Give it
// to [Config].Directory. It is safe for concurrent use and runs no goroutine
// while nobody waits for an answer.
//
// A change of metadata counts when the user is asked for anew, after MaxAge at
// the latest; with [Directory.Invalidate] behind a webhook, as soon as Clerk
// tells.
type Directory struct {
	cfg   DirectoryConfig
	users *memo[*record]
}

// goneFor is how long it is remembered that there is no such user.
const goneFor = 10 * time.Second

// record is what is known of one user. user is nil for one who does not exist.
// It is shared, so nobody may change it.
type record struct {
	user   *User
	rights core.Rights
}

// NewDirectory returns a Directory, or an error that names the wrong field and
// what to do about it. It needs no network.
func NewDirectory(cfg DirectoryConfig) (*Directory, error) {
	if cfg.Users == nil {
		return nil, errors.New("clerk: DirectoryConfig.Users is nil: give it what NewBackend returns")
	}
	for _, d := range []struct {
		field string
		value *time.Duration
		def   time.Duration
	}{
		{"MaxAge", &cfg.MaxAge, time.Minute}, {"Timeout", &cfg.Timeout, defaultBackendTimeout},
	} {
		if *d.value < 0 {
			return nil, fmt.Errorf("clerk: DirectoryConfig.%s is negative: leave it 0 for %v", d.field, d.def)
		}
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	switch {
	case cfg.StaleFor == 0:
		cfg.StaleFor = 10 * time.Minute
	case cfg.StaleFor < 0:
		cfg.StaleFor = 0
	}
	switch {
	case cfg.MaxUsers == 0:
		cfg.MaxUsers = 10_000
	case cfg.MaxUsers < 0:
		return nil, errors.New("clerk: DirectoryConfig.MaxUsers is negative: leave it 0 for 10000")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Directory{cfg: cfg, users: &memo[*record]{
		keep: func(r *record) (fresh time.Duration, madeUp bool) {
			if r.user == nil {
				return min(goneFor, cfg.MaxAge), true
			}
			return cfg.MaxAge, false
		},
		staleFor: cfg.StaleFor, timeout: cfg.Timeout, max: cfg.MaxUsers, logger: cfg.Logger, now: cfg.Now,
	}}, nil
}

func (d *Directory) get(ctx context.Context, id string) (*record, error) {
	return d.users.get(ctx, id, func(ctx context.Context) (*record, error) { return d.load(ctx, id) })
}

// load asks for one user.
func (d *Directory) load(ctx context.Context, id string) (*record, error) {
	if checkID("user", id) != nil {
		return &record{}, nil // nobody's, and nothing that a source of yours should see
	}
	user, err := d.cfg.Users.User(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return &record{}, nil // that there is none is an answer
	case err != nil:
		return nil, err
	case user == nil || user.ID != id:
		return nil, errors.New("clerk: the user source answered with another user")
	}
	r := &record{user: user}
	if user.Banned {
		return r, nil // their sessions are about to end
	}
	r.rights = metadataRights(user.PublicMetadata)
	if d.cfg.Memberships != nil {
		r.rights.Organizations, err = d.cfg.Memberships.Organizations(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return r, nil
}

// Rights is core.Issuer.LookupRights: what the public metadata of the session's user
// grants by role, roles and permissions, and the organizations of which the user
// is a member. A user who is deleted or banned has none; a machine, and a session
// whose token carries the metadata, have no more than their token says. The error
// is an outage.
func (d *Directory) Rights(ctx context.Context, id *core.Identity) (core.Rights, error) {
	p, ok := id.ProviderData().(*attached)
	if !ok || p.hasMetadata && d.cfg.Memberships == nil {
		return core.Rights{}, nil
	}
	r, err := d.get(ctx, id.Subject())
	if err != nil {
		return core.Rights{}, err
	}
	if p.hasMetadata {
		return core.Rights{Organizations: r.rights.Organizations}, nil
	}
	return r.rights, nil
}

// User returns the user, remembered or asked for. [ErrNotFound] is in the error
// when there is none.
func (d *Directory) User(ctx context.Context, id string) (*User, error) {
	if err := checkID("user", id); err != nil {
		return nil, err
	}
	r, err := d.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.user == nil {
		return nil, ErrNotFound
	}
	return r.user.clone(), nil
}

func (u *User) clone() *User {
	c := *u
	c.EmailAddresses, c.PhoneNumbers = slices.Clone(u.EmailAddresses), slices.Clone(u.PhoneNumbers)
	c.PublicMetadata, c.PrivateMetadata = slices.Clone(u.PublicMetadata), slices.Clone(u.PrivateMetadata)
	return &c
}

// Errors of [CurrentUser] that are mistakes in how it is used.
var (
	ErrNoSession   = errors.New("clerk: nobody is signed in with a session")
	ErrNoDirectory = errors.New("clerk: there is no Config.Directory to find users in")
)

// CurrentUser returns the user whose session the request carries, from the
// Directory of [Config]: their names, addresses and metadata. Its errors are
// [ErrNoSession] (anonymous, a machine, another issuer), [ErrNoDirectory],
// [ErrNotFound] for a user who was deleted meanwhile, and outages. For the id
// alone, core.Identity.Subject needs no call.
func CurrentUser(ctx context.Context) (*User, error) {
	id, _ := core.IdentityFrom(ctx)
	if sessionOf(id) == nil {
		return nil, ErrNoSession
	}
	p, ok := id.ProviderData().(*attached)
	if !ok || p.directory == nil {
		return nil, ErrNoDirectory
	}
	return p.directory.User(ctx, id.Subject())
}
