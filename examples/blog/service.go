package blog

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/authkeel/authkeel/core"
)

// Service is what callers may do. Errors are ErrNotFound, an *InvalidError, a
// refusal of core.Authorize, or an outage of the store. Make it with NewService.
type Service struct {
	store Store
	feed  *feed
	now   func() time.Time
}

// NewService returns a service that keeps its data in the store.
func NewService(store Store) *Service {
	return &Service{store: store, feed: newFeed(), now: time.Now}
}

// Ping reports whether the store answers.
func (s *Service) Ping(ctx context.Context) error { return s.store.Ping(ctx) }

// Rights is for core.Issuer.LookupRights: the role that an admin gave to the caller.
// It adds to what tokens say and counts from the next request on.
func (s *Service) Rights(ctx context.Context, id *core.Identity) (core.Rights, error) {
	users, err := s.store.UsersByID(ctx, []string{id.Subject()})
	if err != nil || len(users) == 0 || users[0].Role == "" {
		return core.Rights{}, err
	}
	return core.Rights{Roles: []string{users[0].Role}}, nil
}

// Roles returns the caller's roles: those of the token, and the one that an admin gave.
func (s *Service) Roles(ctx context.Context) ([]string, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	given, err := s.Rights(ctx, id)
	if err != nil {
		return nil, err
	}
	roles := append(id.Roles(), given.Roles...)
	slices.Sort(roles)
	return slices.Compact(roles), nil
}

// Posts returns published posts, of everybody or of one author.
func (s *Service) Posts(ctx context.Context, authorID string, p Page) ([]Post, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return s.store.Posts(ctx, Filter{AuthorID: authorID, PublishedOnly: true}, p)
}

// OwnPosts returns the caller's posts, drafts too.
func (s *Service) OwnPosts(ctx context.Context, p Page) ([]Post, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return s.store.Posts(ctx, Filter{AuthorID: id.Subject()}, p)
}

// Post returns a post that the caller may see: drafts are for their author and admins.
func (s *Service) Post(ctx context.Context, id string) (Post, error) {
	post, err := s.store.Post(ctx, id)
	if err != nil || post.Published {
		return post, err
	}
	if who, ok := core.IdentityFrom(ctx); ok && who.Subject() == post.AuthorID {
		return post, nil
	}
	switch admin, err := isAdmin(ctx); {
	case err != nil:
		return Post{}, err
	case !admin:
		return Post{}, ErrNotFound
	}
	return post, nil
}

// Create writes a post of the caller's.
func (s *Service) Create(ctx context.Context, d Draft) (Post, error) {
	id, err := caller(ctx)
	if err != nil {
		return Post{}, err
	}
	if err := d.check(); err != nil {
		return Post{}, err
	}
	if err := s.store.SaveUser(ctx, userOf(id)); err != nil {
		return Post{}, err
	}
	now := s.now().UTC().Truncate(time.Millisecond)
	post := Post{ID: rand.Text(), AuthorID: id.Subject(), Title: d.Title, Body: d.Body, Published: d.Published, CreatedAt: now, UpdatedAt: now}
	if err := s.store.AddPost(ctx, post); err != nil {
		return Post{}, err
	}
	if post.Published {
		s.feed.publish(post)
	}
	return post, nil
}

// MaxImport is how many posts Import takes.
const MaxImport = 50

// Import is Create for several posts, all of which have to be valid.
func (s *Service) Import(ctx context.Context, drafts []Draft) ([]Post, error) {
	if len(drafts) > MaxImport {
		return nil, &InvalidError{"input", fmt.Sprintf("must have at most %d posts", MaxImport)}
	}
	for i := range drafts {
		if err := drafts[i].check(); err != nil {
			return nil, err
		}
	}
	posts := make([]Post, 0, len(drafts))
	for _, d := range drafts {
		post, err := s.Create(ctx, d)
		if err != nil {
			return nil, err
		}
		posts = append(posts, post)
	}
	return posts, nil
}

// Change replaces a post of the caller's. Nobody changes what others wrote.
func (s *Service) Change(ctx context.Context, postID string, d Draft) (Post, error) {
	if _, err := caller(ctx); err != nil {
		return Post{}, err
	}
	post, err := s.Post(ctx, postID)
	if err != nil {
		return Post{}, err
	}
	if err := core.Authorize(ctx, author(post.AuthorID)); err != nil {
		return Post{}, err
	}
	if err := d.check(); err != nil {
		return Post{}, err
	}
	appeared := d.Published && !post.Published
	post.Title, post.Body, post.Published = d.Title, d.Body, d.Published
	post.UpdatedAt = s.now().UTC().Truncate(time.Millisecond)
	if err := s.store.ChangePost(ctx, post); err != nil {
		return Post{}, err
	}
	if appeared {
		s.feed.publish(post)
	}
	return post, nil
}

// Delete removes a post: its author may, and admins.
func (s *Service) Delete(ctx context.Context, postID string) error {
	if _, err := caller(ctx); err != nil {
		return err
	}
	post, err := s.Post(ctx, postID)
	if err != nil {
		return err
	}
	if err := core.Authorize(ctx, core.AnyOf(author(post.AuthorID), core.Role("admin"))); err != nil {
		return err
	}
	return s.store.DeletePost(ctx, postID)
}

// Published returns the posts that are published from now on, until ctx ends. A
// reader who is too slow misses some.
func (s *Service) Published(ctx context.Context) <-chan Post { return s.feed.subscribe(ctx) }

// Users returns all users. Only admins may ask.
func (s *Service) Users(ctx context.Context, p Page) ([]User, error) {
	if err := core.Authorize(ctx, core.Role("admin")); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return s.store.Users(ctx, p)
}

// UsersByID returns users in the order of ids. Email and role are there for admins,
// and of the caller. Who is not known has nothing but an ID.
func (s *Service) UsersByID(ctx context.Context, ids []string) ([]User, error) {
	admin, err := isAdmin(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.store.UsersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]User, len(known))
	for _, u := range known {
		byID[u.ID] = u
	}
	self, _ := core.IdentityFrom(ctx)
	users := make([]User, len(ids))
	for i, id := range ids {
		users[i] = byID[id]
		users[i].ID = id
		if !admin && self.Subject() != id {
			users[i].Email, users[i].Role = "", ""
		}
	}
	return users, nil
}

// SetRole gives a user one of Roles, or "" for none. Only admins may, and not for
// themselves, so that there is always one left.
func (s *Service) SetRole(ctx context.Context, userID, role string) (User, error) {
	if err := core.Authorize(ctx, core.AllOf(core.Role("admin"), core.Not(author(userID)))); err != nil {
		return User{}, err
	}
	if role != "" && !slices.Contains(Roles, role) {
		return User{}, &InvalidError{"role", "must be one of admin, manager, editor, or empty"}
	}
	if err := s.store.SetRole(ctx, userID, role); err != nil {
		return User{}, err
	}
	users, err := s.UsersByID(ctx, []string{userID})
	if err != nil {
		return User{}, err
	}
	return users[0], nil
}

// Report is numbers about the blog.
type Report struct{ Posts, Published, Users int }

// Report counts what there is. The route or field that gives it away is what protects
// it.
func (s *Service) Report(ctx context.Context) (Report, error) {
	posts, published, users, err := s.store.Count(ctx)
	return Report{posts, published, users}, err
}

// caller returns who is calling, or the refusal of an anonymous caller.
func caller(ctx context.Context) (*core.Identity, error) {
	if err := core.Authorize(ctx, func(context.Context, *core.Identity) error { return nil }); err != nil {
		return nil, err
	}
	id, _ := core.IdentityFrom(ctx)
	return id, nil
}

// userOf is what a token says about its user. Claims that cannot be read are absent.
func userOf(id *core.Identity) User {
	var claims struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	}
	if err := id.Decode(&claims); err != nil {
		return User{ID: id.Subject()}
	}
	return User{ID: id.Subject(), Name: claims.Name, Email: claims.Email}
}
