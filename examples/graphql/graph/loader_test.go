package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/examples/blog"
)

func withLoader(ctx context.Context, ask func(context.Context, []string) ([]blog.User, error)) context.Context {
	return context.WithValue(ctx, loaderKey{}, &loader{ask: ask, places: make(map[string]place)})
}

// TestLoader: many fields ask side by side, and the store is asked few times, as the
// caller.
func TestLoader(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	ctx := withLoader(authtest.Context(t, core.IdentityData{Subject: "user_mo"}), func(ctx context.Context, ids []string) ([]blog.User, error) {
		id, _ := core.IdentityFrom(ctx)
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, ids...)
		if len(ids) > loaderMost {
			t.Errorf("asked for %d users at once", len(ids))
		}
		users := make([]blog.User, len(ids))
		for i, user := range ids {
			users[i] = blog.User{ID: user, Name: "seen by " + id.Subject()}
		}
		return users, nil
	})
	const different = loaderMost + 50
	var wg sync.WaitGroup
	for i := range 3 * different {
		wg.Go(func() {
			id := fmt.Sprint(i % different)
			if user, err := loadUser(ctx, id); err != nil || user.ID != id || user.Name != "seen by user_mo" {
				t.Errorf("got %+v, %v for %s", user, err, id)
			}
		})
	}
	wg.Wait()
	slices.Sort(asked)
	if len(asked) != different || len(slices.Compact(asked)) != different {
		t.Errorf("asked for %d users, want each of %d once", len(asked), different)
	}
}

func TestLoaderTrouble(t *testing.T) {
	down := errors.New("down")
	if _, err := loadUser(withLoader(t.Context(), func(context.Context, []string) ([]blog.User, error) { return nil, down }), "1"); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	panics := withLoader(t.Context(), func(context.Context, []string) ([]blog.User, error) { panic("oops") })
	if _, err := loadUser(panics, "1"); err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("got %v for a panic", err)
	}
	if _, err := loadUser(t.Context(), "1"); err == nil || !strings.Contains(err.Error(), "WithLoader") {
		t.Errorf("got %v without a loader", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hangs := withLoader(ctx, func(ctx context.Context, _ []string) ([]blog.User, error) { <-ctx.Done(); return nil, down })
	cancel()
	if _, err := loadUser(hangs, "1"); err == nil {
		t.Error("got a user after the end of the request")
	}
}
