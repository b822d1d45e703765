package clerksdk_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	sdk "github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/user"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/examples/clerksdk"
)

// start is an API that finds users through clerk-sdk-go.
func start(t *testing.T) (*devclerk.Instance, *core.Authenticator, clerksdk.Users) {
	t.Helper()
	c := authtest.NewClerk(t)
	config := sdk.BackendConfig{Key: sdk.String(c.SecretKey()), URL: sdk.String(c.APIURL() + "/v1"), HTTPClient: &http.Client{Timeout: 5 * time.Second}}
	users := clerksdk.Users{Client: user.NewClient(&sdk.ClientConfig{BackendConfig: config})}
	directory, err := clerk.NewDirectory(clerk.DirectoryConfig{Users: users, Memberships: users, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return c, authtest.NewClerkAuthenticator(t, c, func(cfg *clerk.Config) { cfg.Directory = directory }), users
}

func TestRightsThroughTheSDK(t *testing.T) {
	c, auth, _ := start(t)
	c.PutOrganization("org_zoo", "zoo", "Zoo")
	c.PutMembership("user_ada", "org_zoo", "org:member")
	for _, row := range []struct {
		user   string
		policy core.Policy
		want   error
	}{
		{"user_ada", core.Role("admin"), nil},
		{"user_mo", core.Role("admin"), core.ErrDenied},
		{"user_ada", core.MemberOf("org_zoo"), nil},
		{"user_ada", core.RoleIn("org_zoo", "org:member"), nil},
		{"user_ada", core.RoleIn("org_zoo", "org:admin"), core.ErrDenied},
		{"user_mo", core.MemberOf("org_zoo"), core.ErrDenied},
		{"user_ghost", core.Role("admin"), core.ErrDenied},
	} {
		id, err := auth.Verify(t.Context(), c.Token(devclerk.Session{User: row.user}, nil))
		if err != nil {
			t.Fatal(err)
		}
		ctx := core.WithIdentity(context.Background(), id)
		if err := core.Authorize(ctx, row.policy); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", row.user, err, row.want)
		}
		found, err := clerk.CurrentUser(ctx)
		if row.user == "user_ada" && (err != nil || found.FirstName != "Ada") {
			t.Errorf("current user: got %+v, %v", found, err)
		}
	}
}

func TestOutageThroughTheSDK(t *testing.T) {
	c, auth, _ := start(t)
	c.SetAPIFault(devissuer.Fail(503))
	id, err := auth.Verify(t.Context(), c.Token(devclerk.Admin(), nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := core.Authorize(core.WithIdentity(t.Context(), id), core.Role("admin")); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("got %v, want an outage", err)
	}
}

func TestManyOrganizations(t *testing.T) {
	c, _, users := start(t)
	want := []string{"org_acme"}
	for i := range 150 {
		id := "org_" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		c.PutOrganization(id, id, id)
		c.PutMembership("user_mo", id, "org:member")
		want = append(want, id)
	}
	memberships, err := users.Memberships(t.Context(), "user_mo")
	var got []string
	for _, m := range memberships {
		got = append(got, m.Organization.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d organizations, %v, want %d", len(got), err, len(want))
	}
}
