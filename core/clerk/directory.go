package clerk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/clerk/internal/form"
	"github.com/authkeel/authkeel/core/store"
)

// UserSource finds users. A [*clerkapi.Backend] is one; with clerk-sdk-go it
// takes a few lines (examples/clerksdk). The error for a user who does not exist
// must have [clerkapi.ErrNotFound] in it; every other error is an outage.
type UserSource interface {
	User(ctx context.Context, id string) (*clerkapi.User, error)
}

// MembershipSource finds the memberships of a user. A [*clerkapi.Backend] is
// one. Errors are as for [UserSource].
type MembershipSource interface {
	Memberships(ctx context.Context, userID string) ([]clerkapi.Membership, error)
}

// DirectoryConfig says where users come from and how long they are remembered.
// Users alone is enough.
type DirectoryConfig struct {
	Users UserSource
	// Memberships lets core.MemberOf, core.RoleIn and core.PermissionIn know the
	// organizations in which the user is not acting at the moment, each with the
	// user's role and permissions there. It costs a second call for each user. nil:
	// they know the active organization alone, from the token.
	Memberships MembershipSource

	MaxAge   time.Duration // after which a user is asked for again; default 60s
	StaleFor time.Duration // how long, after MaxAge, the last answer is used in an outage; default 10m, negative: not at all
	MaxUsers int           // remembered at once; default 10 000
	Timeout  time.Duration // of asking for one user, also for a source that ignores its context; default 5s

	// Store lets all replicas that share it know within a second when
	// [Directory.Invalidate] or [Directory.Forget] was called on one of them. nil:
	// only this Directory knows, and the others ask again after MaxAge.
	Store store.Store
	// Name separates Directories of different Clerk instances that share a Store;
	// default "default". It must be the same on all replicas.
	Name string

	// Logger gets a line at level Warn, at most every ten seconds, while the last
	// known answers are used or Store does not answer. Default: slog.Default().
	Logger *slog.Logger
	Now    func() time.Time // default time.Now
}

// Directory remembers users and their rights for a while, so that an API whose
// roles are in public metadata makes one call per user and minute. Give it to
// [Config].Directory. It is safe for concurrent use, and runs no goroutine
// except for lookups and for reading the Store.
//
// A change counts when the user is asked for again, after MaxAge at the latest.
// With [Directory.Invalidate] as a webhook handler it counts as soon as Clerk
// delivers the event: on every replica with a Store, else on the one that
// received it.
type Directory struct {
	cfg     DirectoryConfig
	users   *lookupCache[*record]
	changes *changes // nil without a Store
}

// notFoundTTL is how long it is remembered that a user does not exist.
const notFoundTTL = 10 * time.Second

// record is what is known about one user. user is nil for one who does not
// exist. Records are shared between requests, so nothing may change them.
type record struct {
	user   *clerkapi.User
	rights core.Rights
}

// NewDirectory returns a Directory, or an error that names the wrong field and
// what to do about it. It needs no network.
func NewDirectory(cfg DirectoryConfig) (*Directory, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	d := &Directory{cfg: cfg, users: &lookupCache[*record]{
		keep: func(r *record) (fresh time.Duration, negative bool) {
			if r.user == nil {
				return min(notFoundTTL, cfg.MaxAge), true
			}
			return cfg.MaxAge, false
		},
		staleFor: cfg.StaleFor, timeout: cfg.Timeout, max: cfg.MaxUsers, logger: cfg.Logger, now: cfg.Now,
	}}
	if cfg.Store != nil {
		d.changes = newChanges(cfg.Store, cfg.Name, cfg.MaxAge+cfg.StaleFor, cfg.Now, cfg.Logger)
	}
	return d, nil
}

// complete checks the configuration and fills in the defaults.
func (cfg *DirectoryConfig) complete() error {
	if cfg.Users == nil {
		return errors.New("clerk: DirectoryConfig.Users is nil: set it to what clerkapi.NewBackend returns")
	}
	for _, d := range []struct {
		field string
		value *time.Duration
		def   time.Duration
	}{
		{"MaxAge", &cfg.MaxAge, time.Minute}, {"Timeout", &cfg.Timeout, defaultLookupTimeout},
	} {
		if *d.value < 0 {
			return fmt.Errorf("clerk: DirectoryConfig.%s is negative: leave it 0 for %v", d.field, d.def)
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
	if cfg.Store != nil && cfg.MaxAge+cfg.StaleFor > store.MaxDuration/2 {
		return fmt.Errorf("clerk: DirectoryConfig.MaxAge and StaleFor are too long for a Store: %v at most", store.MaxDuration/2)
	}
	switch {
	case cfg.MaxUsers == 0:
		cfg.MaxUsers = 10_000
	case cfg.MaxUsers < 0:
		return errors.New("clerk: DirectoryConfig.MaxUsers is negative: leave it 0 for 10000")
	}
	if cfg.Name == "" {
		cfg.Name = "default"
	}
	if len(cfg.Name) > 64 || strings.Contains(cfg.Name, ":") {
		return fmt.Errorf("clerk: DirectoryConfig.Name is %q: use at most 64 bytes, without a colon", cfg.Name)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return nil
}

// get returns what is known about the user, from memory or from the sources.
func (d *Directory) get(ctx context.Context, id string) (*record, error) {
	if d.changes != nil {
		d.changes.sync(ctx, d.forget)
	}
	return d.users.get(ctx, id, func(ctx context.Context) (*record, error) { return d.load(ctx, id) })
}

// load asks the sources about one user.
func (d *Directory) load(ctx context.Context, id string) (*record, error) {
	if !form.IsID("user", id) {
		return &record{}, nil // no user has it, and a source of yours should not see it
	}
	user, err := d.cfg.Users.User(ctx, id)
	switch {
	case errors.Is(err, clerkapi.ErrNotFound):
		return &record{}, nil // an answer, and remembered
	case err != nil:
		return nil, err
	case user == nil || user.ID != id:
		return nil, errors.New("clerk: DirectoryConfig.Users answered with another user")
	}
	r := &record{user: user}
	if user.Banned {
		return r, nil // Clerk is about to end their sessions
	}
	r.rights = metadataRights(user.PublicMetadata)
	if d.cfg.Memberships == nil {
		return r, nil
	}
	memberships, err := d.cfg.Memberships.Memberships(ctx, id)
	if err != nil && !errors.Is(err, clerkapi.ErrNotFound) {
		return nil, err
	}
	for _, m := range memberships {
		membership := core.Membership{Organization: m.Organization.ID, Permissions: m.Permissions}
		if role := withOrg(m.Role); role != "" {
			membership.Roles = []string{role}
		}
		r.rights.Memberships = append(r.rights.Memberships, membership)
	}
	return r, nil
}

// Rights is core.Issuer.LookupRights. It returns what the public metadata of the
// session's user grants as role, roles and permissions, and the memberships of
// the user. A user who is deleted or banned has none. For a machine, and for a
// session whose token carries the metadata, only the token counts. An error is an
// outage.
func (d *Directory) Rights(ctx context.Context, id *core.Identity) (core.Rights, error) {
	p, ok := id.ProviderData().(*sessionData)
	if !ok || p.hasMetadata && d.cfg.Memberships == nil {
		return core.Rights{}, nil
	}
	r, err := d.get(ctx, id.Subject())
	if err != nil {
		return core.Rights{}, err
	}
	if p.hasMetadata {
		return core.Rights{Memberships: r.rights.Memberships}, nil
	}
	return r.rights, nil
}

// User returns the user, from memory or from Users. The error has
// [clerkapi.ErrNotFound] in it when no such user exists.
func (d *Directory) User(ctx context.Context, id string) (*clerkapi.User, error) {
	if !form.IsID("user", id) {
		return nil, clerkapi.ErrInvalidID
	}
	r, err := d.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.user == nil {
		return nil, clerkapi.ErrNotFound
	}
	user := r.user.Clone()
	return &user, nil
}

// Mistakes in how [CurrentUser] is used.
var (
	ErrNoSession   = errors.New("clerk: nobody is signed in with a session")
	ErrNoDirectory = errors.New("clerk: Config.Directory is not set")
)

// CurrentUser returns the user of the request's session from [Config].Directory:
// names, addresses and metadata. Its errors are [ErrNoSession] (anonymous, a
// machine, another issuer), [ErrNoDirectory], [clerkapi.ErrNotFound] for a user
// who was deleted meanwhile, and outages. For the ID alone use
// core.Identity.Subject, which needs no call.
func CurrentUser(ctx context.Context) (*clerkapi.User, error) {
	id, _ := core.IdentityFrom(ctx)
	if sessionOf(id) == nil {
		return nil, ErrNoSession
	}
	p, ok := id.ProviderData().(*sessionData)
	if !ok || p.directory == nil {
		return nil, ErrNoDirectory
	}
	return p.directory.User(ctx, id.Subject())
}
