package blog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
)

// open returns a service on a store in a file of its own, and the store.
func open(t *testing.T) (*Service, Store) {
	t.Helper()
	store, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "a blog?#%.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return NewService(store), store
}

// as is the context of a request of this user.
func as(t *testing.T, user string, roles ...string) context.Context {
	t.Helper()
	return authtest.Context(t, core.IdentityData{
		Subject: user, Roles: roles, Claims: fmt.Appendf(nil, `{"name": "The %s", "email": "%s@example.com"}`, user, user),
	})
}

// nobody is the context of a request without a token.
func nobody(t *testing.T) context.Context {
	t.Helper()
	return core.WithIdentity(t.Context(), nil)
}

func titles(posts []Post) string {
	var list []string
	for _, p := range posts {
		list = append(list, p.Title)
	}
	return strings.Join(list, " ")
}

// TestWhoMay asks everything as everybody.
func TestWhoMay(t *testing.T) {
	s, _ := open(t)
	mo, ada, eve := as(t, "mo"), as(t, "ada", "admin"), as(t, "eve", "manager")
	public, err := s.Create(mo, Draft{Title: " public ", Published: true})
	if err != nil || public.Title != "public" || public.AuthorID != "mo" {
		t.Fatalf("got %+v, %v", public, err)
	}
	draft, err := s.Create(mo, Draft{Title: "draft"})
	if err != nil {
		t.Fatal(err)
	}
	see := func(p Post) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.Post(ctx, p.ID); return err }
	}
	change := func(p Post) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Change(ctx, p.ID, Draft{p.Title, p.Body, p.Published})
			return err
		}
	}
	remove := func(ctx context.Context) error { return s.Delete(ctx, public.ID) }
	for _, tt := range []struct {
		name                  string
		run                   func(context.Context) error
		nobody, mo, eve, adas error
	}{
		{"see a post", see(public), nil, nil, nil, nil},
		{"see a draft", see(draft), ErrNotFound, nil, ErrNotFound, nil},
		{"see nothing", see(Post{ID: "x"}), ErrNotFound, ErrNotFound, ErrNotFound, ErrNotFound},
		{"list", func(ctx context.Context) error { _, err := s.Posts(ctx, "", Page{First: 1}); return err }, nil, nil, nil, nil},
		{"list one's own", func(ctx context.Context) error { _, err := s.OwnPosts(ctx, Page{First: 1}); return err }, core.ErrNoToken, nil, nil, nil},
		{"create", func(ctx context.Context) error { _, err := s.Create(ctx, Draft{Title: "x"}); return err }, core.ErrNoToken, nil, nil, nil},
		{"import", func(ctx context.Context) error { _, err := s.Import(ctx, []Draft{{Title: "x"}}); return err }, core.ErrNoToken, nil, nil, nil},
		{"change a post", change(public), core.ErrNoToken, nil, core.ErrDenied, core.ErrDenied},
		{"change a draft", change(draft), core.ErrNoToken, nil, ErrNotFound, core.ErrDenied},
		{"users", func(ctx context.Context) error { _, err := s.Users(ctx, Page{First: 1}); return err }, core.ErrNoToken, core.ErrDenied, core.ErrDenied, nil},
		{"role", func(ctx context.Context) error { _, err := s.SetRole(ctx, "mo", "editor"); return err }, core.ErrNoToken, core.ErrDenied, core.ErrDenied, nil},
		{"role of ada", func(ctx context.Context) error { _, err := s.SetRole(ctx, "ada", ""); return err }, core.ErrNoToken, core.ErrDenied, core.ErrDenied, core.ErrDenied},
		{"delete nothing", func(ctx context.Context) error { return s.Delete(ctx, "x") }, core.ErrNoToken, ErrNotFound, ErrNotFound, ErrNotFound},
	} {
		for who, caller := range map[string]struct {
			ctx  context.Context
			want error
		}{"nobody": {nobody(t), tt.nobody}, "mo": {mo, tt.mo}, "eve": {eve, tt.eve}, "ada": {ada, tt.adas}} {
			if got := tt.run(caller.ctx); !errors.Is(got, caller.want) {
				t.Errorf("%s, %s: got %v, want %v", tt.name, who, got, caller.want)
			}
		}
	}
	for _, tt := range []struct {
		ctx  context.Context
		want error
	}{{nobody(t), core.ErrNoToken}, {eve, core.ErrDenied}, {ada, nil}, {mo, ErrNotFound}} {
		if err := remove(tt.ctx); !errors.Is(err, tt.want) {
			t.Errorf("delete: got %v, want %v", err, tt.want)
		}
	}
	if err := s.Delete(mo, draft.ID); err != nil {
		t.Errorf("the author deletes: %v", err)
	}
}

func TestInvalid(t *testing.T) {
	s, _ := open(t)
	mo := as(t, "mo")
	for _, tt := range []struct {
		run   func() error
		field string
	}{
		{func() error { _, err := s.Create(mo, Draft{Title: " \t"}); return err }, "title"},
		{func() error { _, err := s.Create(mo, Draft{Title: strings.Repeat("é", MaxTitle+1)}); return err }, "title"},
		{func() error {
			_, err := s.Create(mo, Draft{Title: "x", Body: strings.Repeat("é", MaxBody+1)})
			return err
		}, "body"},
		{func() error { _, err := s.Import(mo, make([]Draft, MaxImport+1)); return err }, "input"},
		{func() error { _, err := s.Import(mo, []Draft{{Title: "good"}, {}}); return err }, "title"},
		{func() error { _, err := s.Posts(mo, "", Page{}); return err }, "first"},
		{func() error { _, err := s.OwnPosts(mo, Page{First: MaxPage + 1}); return err }, "first"},
		{func() error { _, err := s.SetRole(as(t, "ada", "admin"), "mo", "god"); return err }, "role"},
	} {
		var invalid *InvalidError
		if err := tt.run(); !errors.As(err, &invalid) || invalid.Field != tt.field || !strings.HasPrefix(err.Error(), tt.field+" must") {
			t.Errorf("got %v, want one about %s", err, tt.field)
		}
	}
	if posts, err := s.OwnPosts(mo, Page{First: 10}); err != nil || len(posts) > 0 {
		t.Errorf("got %v, %v after refusals", posts, err)
	}
	if post, err := s.Create(mo, Draft{Title: strings.Repeat("é", MaxTitle), Body: strings.Repeat("é", MaxBody)}); err != nil {
		t.Errorf("the largest post: %v", err)
	} else if _, err := s.Change(mo, post.ID, Draft{}); err == nil {
		t.Error("a post without a title was kept")
	}
}

func TestLists(t *testing.T) {
	s, _ := open(t)
	mo := as(t, "mo")
	var ids []string
	for i := range 5 {
		post, err := s.Create(mo, Draft{Title: fmt.Sprint(i), Published: i != 2})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, post.ID)
	}
	if _, err := s.Create(as(t, "eve"), Draft{Title: "e", Published: true}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		list func() ([]Post, error)
		want string
	}{
		{func() ([]Post, error) { return s.Posts(mo, "", Page{First: 10}) }, "e 4 3 1 0"},
		{func() ([]Post, error) { return s.Posts(mo, "", Page{First: 2}) }, "e 4"},
		{func() ([]Post, error) { return s.Posts(mo, "", Page{First: 2, After: ids[4]}) }, "3 1"},
		{func() ([]Post, error) { return s.Posts(mo, "mo", Page{First: 2}) }, "4 3"},
		{func() ([]Post, error) { return s.Posts(mo, "mo", Page{First: 10, After: "x"}) }, ""},
		{func() ([]Post, error) { return s.OwnPosts(mo, Page{First: 10}) }, "4 3 2 1 0"},
		{func() ([]Post, error) { return s.OwnPosts(as(t, "eve"), Page{First: 10}) }, "e"},
	} {
		if got, err := tt.list(); err != nil || titles(got) != tt.want {
			t.Errorf("got %q, %v, want %q", titles(got), err, tt.want)
		}
	}
	if report, err := s.Report(mo); err != nil || report != (Report{Posts: 6, Published: 5, Users: 2}) {
		t.Errorf("got %+v, %v", report, err)
	}
	users, err := s.Users(as(t, "ada", "admin"), Page{First: 10, After: "eve"})
	if err != nil || len(users) != 1 || users[0] != (User{ID: "mo", Name: "The mo", Email: "mo@example.com"}) {
		t.Errorf("got %+v, %v", users, err)
	}
}

// TestUsersByID: what a user shows depends on who asks.
func TestUsersByID(t *testing.T) {
	s, store := open(t)
	for _, name := range []string{"mo", "eve"} {
		if err := store.SaveUser(t.Context(), User{ID: name, Name: "old", Email: name + "@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.SetRole(t.Context(), "eve", "editor"); err != nil {
		t.Fatal(err)
	}
	if err := store.SaveUser(t.Context(), User{ID: "eve", Name: "Eve", Email: "eve@example.com"}); err != nil { // keeps the role
		t.Fatal(err)
	}
	mo, eve := User{ID: "mo", Name: "old"}, User{ID: "eve", Name: "Eve"}
	wholeMo, wholeEve := User{"mo", "old", "mo@example.com", ""}, User{"eve", "Eve", "eve@example.com", "editor"}
	for _, tt := range []struct {
		ctx  context.Context
		want []User
	}{
		{nobody(t), []User{eve, {ID: "x"}, mo}},
		{as(t, "eve"), []User{wholeEve, {ID: "x"}, mo}},
		{as(t, "ada", "admin"), []User{wholeEve, {ID: "x"}, wholeMo}},
	} {
		if got, err := s.UsersByID(tt.ctx, []string{"eve", "x", "mo"}); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
		}
	}
	ids := make([]string, 1201)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	ids[1200] = "mo"
	if got, err := s.UsersByID(nobody(t), ids); err != nil || got[1200] != mo {
		t.Errorf("among many: got %v, %v", got[1200], err)
	}
	for role, id := range map[string]string{"editor": "eve", "": "mo"} {
		rights, err := s.Rights(t.Context(), core.NewIdentity(core.IdentityData{Subject: id}))
		if err != nil || strings.Join(rights.Roles, " ") != role {
			t.Errorf("rights of %s: got %v, %v, want %q", id, rights, err, role)
		}
	}
}

func TestPublished(t *testing.T) {
	s, _ := open(t)
	mo := as(t, "mo")
	ctx, cancel := context.WithCancel(t.Context())
	reader, slow := s.Published(ctx), s.Published(ctx)
	draft, err := s.Create(mo, Draft{Title: "draft"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(mo, Draft{Title: "first", Published: true}); err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"second", "second, corrected"} { // it appears once
		if _, err := s.Change(mo, draft.ID, Draft{Title: title, Published: true}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := <-reader, <-reader; a.Title != "first" || b.Title != "second" {
		t.Errorf("got %q and %q", a.Title, b.Title)
	}
	for range 2 * feedBuffer { // nobody waits for the slow one
		s.feed.publish(draft)
	}
	if len(slow) != feedBuffer {
		t.Errorf("%d posts wait, want %d", len(slow), feedBuffer)
	}
	cancel()
	for range reader { // ends when it is closed
	}
	for range slow {
	}
	s.feed.publish(draft)
}

func TestFeedForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f.subscribe(ctx)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.readers) != 0 {
			t.Errorf("got %d readers after the end", len(f.readers))
		}
	})
}

// TestKept: what is written is there when the file is opened again.
func TestKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blog.db")
	var want Post
	for i := range 2 {
		store, err := OpenSQLite(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		s := NewService(store)
		if i == 0 {
			want, err = s.Create(as(t, "mo"), Draft{Title: "kept", Body: "Ü\x00'; DROP TABLE posts", Published: true})
		} else if got, postErr := s.Post(nobody(t), want.ID); got != want {
			t.Errorf("got %+v, %v, want %+v", got, postErr, want)
		}
		if err := errors.Join(err, s.Ping(t.Context()), store.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "no", "blog.db")); err == nil || !strings.Contains(err.Error(), "blog.db") {
		t.Errorf("got %v for a folder that is not there", err)
	}
}
