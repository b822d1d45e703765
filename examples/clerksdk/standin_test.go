package clerksdk_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/invitation"
	"github.com/clerk/clerk-sdk-go/v2/organization"
	"github.com/clerk/clerk-sdk-go/v2/organizationmembership"
	"github.com/clerk/clerk-sdk-go/v2/session"
	"github.com/clerk/clerk-sdk-go/v2/user"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// TestStandIn calls the stand-in Clerk with clerk-sdk-go, as a program under test
// does.
func TestStandIn(t *testing.T) {
	ctx := t.Context()
	c := authtest.NewClerk(t)
	config := &sdk.ClientConfig{BackendConfig: sdk.BackendConfig{Key: sdk.String(c.SecretKey()), URL: sdk.String(c.APIURL() + "/v1"),
		HTTPClient: &http.Client{Timeout: 5 * time.Second}}}
	users, organizations, memberships, sessions := user.NewClient(config), organization.NewClient(config), organizationmembership.NewClient(config), session.NewClient(config)
	metadata := func(text string) *json.RawMessage { raw := json.RawMessage(text); return &raw }
	check := func(call string, ok bool, err error, got any) {
		t.Helper()
		if err != nil || !ok {
			text, _ := json.Marshal(got)
			t.Errorf("%s: %v, %s", call, err, text)
		}
	}

	ada, err := users.Get(ctx, "user_ada")
	check("user.Get", err == nil && *ada.FirstName == "Ada" && ada.EmailAddresses[0].Verification.Status == "verified", err, ada)
	list, err := users.List(ctx, &user.ListParams{EmailAddresses: []string{"mo@example.test", "penny@example.test"}, OrderBy: sdk.String("-created_at")})
	check("user.List", err == nil && list.TotalCount == 2 && list.Users[0].ID == "user_penny", err, list)
	count, err := users.Count(ctx, &user.ListParams{Query: sdk.String("ada")})
	check("user.Count", err == nil && count.TotalCount == 1, err, count)
	eve, err := users.Create(ctx, &user.CreateParams{EmailAddresses: &[]string{"eve@example.test"}, FirstName: sdk.String("Eve"), PublicMetadata: metadata(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	eve, err = users.Update(ctx, eve.ID, &user.UpdateParams{LastName: sdk.String("Adams")})
	check("user.Update", err == nil && *eve.LastName == "Adams" && *eve.FirstName == "Eve", err, eve)
	eve, err = users.UpdateMetadata(ctx, eve.ID, &user.UpdateMetadataParams{PublicMetadata: metadata(`{"a":null,"b":2}`)})
	check("user.UpdateMetadata", err == nil && string(eve.PublicMetadata) == `{"b":2}`, err, eve)
	eve, err = users.ReplaceMetadata(ctx, eve.ID, &user.ReplaceMetadataParams{PublicMetadata: metadata(`{"c":3}`)})
	check("user.ReplaceMetadata", err == nil && string(eve.PublicMetadata) == `{"c":3}`, err, eve)
	eve, err = users.Ban(ctx, eve.ID)
	check("user.Ban", err == nil && eve.Banned, err, eve)
	eve, err = users.Unban(ctx, eve.ID)
	check("user.Unban", err == nil && !eve.Banned, err, eve)

	zoo, err := organizations.Create(ctx, &organization.CreateParams{Name: sdk.String("Zoo"), Slug: sdk.String("zoo"), CreatedBy: sdk.String(eve.ID)})
	if err != nil {
		t.Fatal(err)
	}
	zoo, err = organizations.Update(ctx, zoo.ID, &organization.UpdateParams{Name: sdk.String("The Zoo")})
	check("organization.Update", err == nil && zoo.Name == "The Zoo", err, zoo)
	zoo, err = organizations.Get(ctx, "zoo")
	check("organization.Get", err == nil && *zoo.MembersCount == 1, err, zoo)
	all, err := organizations.List(ctx, &organization.ListParams{Query: sdk.String("zoo")})
	check("organization.List", err == nil && all.TotalCount == 1 && all.Organizations[0].ID == zoo.ID, err, all)
	m, err := memberships.Create(ctx, &organizationmembership.CreateParams{OrganizationID: zoo.ID, UserID: sdk.String("user_mo"), Role: sdk.String("org:member")})
	check("organizationmembership.Create", err == nil && m.PublicUserData.UserID == "user_mo", err, m)
	m, err = memberships.Update(ctx, &organizationmembership.UpdateParams{OrganizationID: zoo.ID, UserID: "user_mo", Role: sdk.String("org:admin")})
	check("organizationmembership.Update", err == nil && m.Role == "org:admin", err, m)
	members, err := memberships.List(ctx, &organizationmembership.ListParams{OrganizationID: zoo.ID})
	check("organizationmembership.List", err == nil && members.TotalCount == 2, err, members)
	of, err := users.ListOrganizationMemberships(ctx, "user_mo", &user.ListOrganizationMembershipsParams{})
	check("user.ListOrganizationMemberships", err == nil && of.TotalCount == 2, err, of)
	m, err = memberships.Delete(ctx, &organizationmembership.DeleteParams{OrganizationID: zoo.ID, UserID: "user_mo"})
	check("organizationmembership.Delete", err == nil && m.Role == "org:admin", err, m)
	deleted, err := organizations.Delete(ctx, zoo.ID)
	check("organization.Delete", err == nil && deleted.Deleted && deleted.ID == zoo.ID, err, deleted)

	c.Token(devclerk.Admin(), nil)
	open, err := sessions.List(ctx, &session.ListParams{UserID: sdk.String("user_ada")})
	check("session.List", err == nil && open.TotalCount == 1 && open.Sessions[0].ID == "sess_ada", err, open)
	s, err := sessions.Get(ctx, "sess_ada")
	check("session.Get", err == nil && s.Status == "active" && s.LastActiveOrganizationID == "org_acme", err, s)
	token, err := sessions.CreateToken(ctx, &session.CreateTokenParams{ID: "sess_ada"})
	check("session.CreateToken", err == nil && strings.Count(token.JWT, ".") == 2, err, token)
	s, err = sessions.Revoke(ctx, &session.RevokeParams{ID: "sess_ada"})
	check("session.Revoke", err == nil && s.Status == "revoked", err, s)

	gone, err := users.Delete(ctx, eve.ID)
	check("user.Delete", err == nil && gone.Deleted && gone.ID == eve.ID, err, gone)
	for name, row := range map[string]struct {
		call   func() error
		status int
		code   string
	}{
		"a deleted user":                  {func() error { _, err := users.Get(ctx, eve.ID); return err }, 404, "resource_not_found"},
		"what the stand-in does not have": {func() error { _, err := invitation.NewClient(config).List(ctx, &invitation.ListParams{}); return err }, 501, "not_implemented_by_stand_in"},
		"a filter that it does not have": {func() error {
			_, err := users.List(ctx, &user.ListParams{PhoneNumbers: []string{"+15555550100"}})
			return err
		}, 501, "not_implemented_by_stand_in"},
		"a member that it does not have": {func() error {
			_, err := users.Update(ctx, "user_ada", &user.UpdateParams{TOTPSecret: sdk.String("x")})
			return err
		}, 501, "not_implemented_by_stand_in"},
	} {
		var answer *sdk.APIErrorResponse
		if err := row.call(); !errors.As(err, &answer) || answer.HTTPStatusCode != row.status || answer.Errors[0].Code != row.code {
			t.Errorf("%s: got %v, want %d %s", name, err, row.status, row.code)
		}
	}
}
