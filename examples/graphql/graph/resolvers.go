package graph

import (
	"context"
	"errors"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/graphqlauth"
	"github.com/authkeel/authkeel/examples/blog"
)

type queries struct{ *resolver }

func page(first int, after *string) blog.Page {
	p := blog.Page{First: first}
	if after != nil {
		p.After = *after
	}
	return p
}

func (q queries) Posts(ctx context.Context, first int, after *string) ([]blog.Post, error) {
	return q.service.Posts(ctx, "", page(first, after))
}

func (q queries) Post(ctx context.Context, id string) (*blog.Post, error) {
	post, err := q.service.Post(ctx, id)
	switch {
	case errors.Is(err, blog.ErrNotFound):
		return nil, nil // null
	case err != nil:
		return nil, err
	}
	return &post, nil
}

func (q queries) Viewer(ctx context.Context) (*graphqlauth.Caller, error) {
	caller, ok := graphqlauth.CallerFrom(ctx)
	if !ok {
		return nil, nil // null
	}
	return &caller, nil
}

func (q queries) MyPosts(ctx context.Context, first int, after *string) ([]blog.Post, error) {
	return q.service.OwnPosts(ctx, page(first, after))
}

func (q queries) Users(ctx context.Context, first int, after *string) ([]blog.User, error) {
	return q.service.Users(ctx, page(first, after))
}

func (q queries) Report(ctx context.Context) (blog.Report, error) { return q.service.Report(ctx) }

type mutations struct{ *resolver }

func (m mutations) CreatePost(ctx context.Context, input blog.Draft) (blog.Post, error) {
	return m.service.Create(ctx, input)
}

func (m mutations) UpdatePost(ctx context.Context, id string, input blog.Draft) (blog.Post, error) {
	return m.service.Change(ctx, id, input)
}

func (m mutations) DeletePost(ctx context.Context, id string) (string, error) {
	return id, m.service.Delete(ctx, id)
}

func (m mutations) ImportPosts(ctx context.Context, input []blog.Draft) ([]blog.Post, error) {
	return m.service.Import(ctx, input)
}

func (m mutations) SetRole(ctx context.Context, userID string, role *string) (blog.User, error) {
	if role == nil {
		role = new(string)
	}
	return m.service.SetRole(ctx, userID, *role)
}

func (m mutations) SignOut(ctx context.Context) (bool, error) {
	err := m.signOut(ctx)
	return err == nil, err
}

type subscriptions struct{ *resolver }

func (s subscriptions) PostPublished(ctx context.Context) (<-chan blog.Post, error) {
	return s.service.Published(ctx), nil
}

type posts struct{ *resolver }

func (p posts) Author(ctx context.Context, post *blog.Post) (blog.User, error) {
	return loadUser(ctx, post.AuthorID)
}

func (p posts) Mine(ctx context.Context, post *blog.Post) (bool, error) {
	id, ok := core.IdentityFrom(ctx)
	return ok && id.Subject() == post.AuthorID, nil
}

type users struct{ *resolver }

func (u users) Email(_ context.Context, user *blog.User) (*string, error) {
	return optional(user.Email), nil
}
func (u users) Role(_ context.Context, user *blog.User) (*string, error) {
	return optional(user.Role), nil
}

func (u users) Posts(ctx context.Context, user *blog.User, first int, after *string) ([]blog.Post, error) {
	return u.service.Posts(ctx, user.ID, page(first, after))
}

// optional is s, or null for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
