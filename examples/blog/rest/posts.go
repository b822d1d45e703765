package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/examples/blog"
)

// post is a post as clients see it.
type post struct {
	ID         string    `json:"id"`
	AuthorID   string    `json:"authorId"`
	AuthorName string    `json:"authorName"` // "" when the author's tokens have no name
	Title      string    `json:"title"`
	Body       string    `json:"body"`
	Published  bool      `json:"published"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// postsOf adds the names of their authors to posts.
func (a *API) postsOf(ctx context.Context, list []blog.Post) ([]post, error) {
	authors := make([]string, len(list))
	for i, p := range list {
		authors[i] = p.AuthorID
	}
	users, err := a.service.UsersByID(ctx, authors)
	if err != nil {
		return nil, err
	}
	posts := make([]post, len(list))
	for i, p := range list {
		posts[i] = post{p.ID, p.AuthorID, users[i].Name, p.Title, p.Body, p.Published, p.CreatedAt, p.UpdatedAt}
	}
	return posts, nil
}

// onePost answers with a post.
func (a *API) onePost(ctx context.Context, status int, p blog.Post) Response {
	posts, err := a.postsOf(ctx, []blog.Post{p})
	if err != nil {
		return a.failed(ctx, err)
	}
	return ok(status, posts[0])
}

type draft struct {
	Title     string `json:"title"`
	Body      string `json:"body"`
	Published bool   `json:"published"`
}

// Posts answers with published posts, and says whether the caller is known.
func (a *API) Posts(ctx context.Context, first, after string) Response {
	p, err := page(first, after)
	if err != nil {
		return a.failed(ctx, err)
	}
	list, err := a.service.Posts(ctx, "", p)
	if err != nil {
		return a.failed(ctx, err)
	}
	posts, err := a.postsOf(ctx, list)
	if err != nil {
		return a.failed(ctx, err)
	}
	_, authenticated := core.IdentityFrom(ctx)
	return ok(http.StatusOK, map[string]any{"authenticated": authenticated, "posts": posts})
}

// OwnPosts answers with the caller's posts, drafts too.
func (a *API) OwnPosts(ctx context.Context, first, after string) Response {
	p, err := page(first, after)
	if err != nil {
		return a.failed(ctx, err)
	}
	list, err := a.service.OwnPosts(ctx, p)
	if err != nil {
		return a.failed(ctx, err)
	}
	posts, err := a.postsOf(ctx, list)
	if err != nil {
		return a.failed(ctx, err)
	}
	return ok(http.StatusOK, map[string]any{"posts": posts})
}

// Post answers with one post.
func (a *API) Post(ctx context.Context, id string) Response {
	p, err := a.service.Post(ctx, id)
	if err != nil {
		return a.failed(ctx, err)
	}
	return a.onePost(ctx, http.StatusOK, p)
}

// CreatePost writes a post of the caller's.
func (a *API) CreatePost(ctx context.Context, body Body) Response {
	var d draft
	if err := body.decode(&d); err != nil {
		return a.failed(ctx, err)
	}
	p, err := a.service.Create(ctx, blog.Draft(d))
	if err != nil {
		return a.failed(ctx, err)
	}
	r := a.onePost(ctx, http.StatusCreated, p)
	if r.Status == http.StatusCreated {
		r.Header = [][2]string{{"Location", "/posts/" + p.ID}}
	}
	return r
}

// ChangePost replaces a post of the caller's.
func (a *API) ChangePost(ctx context.Context, id string, body Body) Response {
	var d draft
	if err := body.decode(&d); err != nil {
		return a.failed(ctx, err)
	}
	p, err := a.service.Change(ctx, id, blog.Draft(d))
	if err != nil {
		return a.failed(ctx, err)
	}
	return a.onePost(ctx, http.StatusOK, p)
}

// DeletePost removes a post of the caller's, and for admins any.
func (a *API) DeletePost(ctx context.Context, id string) Response {
	if err := a.service.Delete(ctx, id); err != nil {
		return a.failed(ctx, err)
	}
	return noContent()
}
