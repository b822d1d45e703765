package clerk

import (
	"context"
	"errors"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
)

func TestCurrentUser(t *testing.T) {
	f := newFake()
	d := newDirectory(t, f, nil)
	ctx := func(id *core.Identity) context.Context { return core.WithIdentity(t.Context(), id) }
	u, err := CurrentUser(ctx(ada(d)))
	if err != nil || u.ID != "user_ada" {
		t.Fatalf("got %+v, %v", u, err)
	}
	u.PublicMetadata[0] = 'x' // the caller's own
	if got := roles(t, d); len(got) != 1 || f.count() != 1 {
		t.Errorf("got %v in %d calls", got, f.count())
	}
	if again, err := CurrentUser(ctx(ada(d))); err != nil || again.PublicMetadata[0] != '{' {
		t.Errorf("a caller changed what others see: %+v, %v", again, err)
	}
	for name, row := range map[string]struct {
		ctx context.Context
		err error
	}{
		"nobody":           {t.Context(), ErrNoSession},
		"another provider": {ctx(core.NewIdentity(core.IdentityData{Subject: "user_ada"})), ErrNoSession},
		"no directory":     {ctx(ada(nil)), ErrNoDirectory},
		"a test's session": {ctx(core.NewIdentity(core.IdentityData{Subject: "user_ada", ProviderData: Session{ID: "sess_1"}})), ErrNoDirectory},
		"a deleted user":   {ctx(identityOf("user_gone", d, false)), clerkapi.ErrNotFound},
		"a hostile id":     {ctx(identityOf("../organizations/o", d, false)), clerkapi.ErrInvalidID},
	} {
		if _, err := CurrentUser(row.ctx); !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, want %v", name, err, row.err)
		}
	}
}
