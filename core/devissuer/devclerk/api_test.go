package devclerk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// apiCall makes one request to the Backend API and returns status, headers and
// what the JSON says.
func apiCall(t *testing.T, c *devclerk.Instance, method, target, key, body string) (int, http.Header, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.APIURL()+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	res, err := client(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s %s: %s: %v", method, target, text, err)
	}
	return res.StatusCode, res.Header, answer
}

// at is the value at a path of names, or nil.
func at(v any, names ...string) any {
	for _, name := range names {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}

func code(answer map[string]any) any {
	list, _ := answer["errors"].([]any)
	if len(list) != 1 {
		return nil
	}
	return at(list[0], "code")
}

func TestClerkAPI(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	c.PutOrganization("org_zoo", "zoo", "Zoo")
	c.PutMembership("user_ada", "org_zoo", "org:member")
	c.Token(devclerk.Admin(), nil)
	for _, row := range []struct {
		method, target, body string
		status               int
		want                 any // at these names, or the error code
		names                []string
	}{
		{"GET", "/v1/users/user_ada", "", 200, "admin", []string{"public_metadata", "role"}},
		{"GET", "/v1/users/user_nobody", "", 404, "resource_not_found", nil},
		{"PATCH", "/v1/users/user_ada/metadata", `{"public_metadata":{"a":{"b":1,"c":2},"role":null}}`, 200, 1.0, []string{"public_metadata", "a", "b"}},
		{"PATCH", "/v1/users/user_ada/metadata", `{"public_metadata":{"a":{"b":null}}}`, 200, 2.0, []string{"public_metadata", "a", "c"}},
		{"GET", "/v1/users/user_ada", "", 200, nil, []string{"public_metadata", "role"}},
		{"GET", "/v1/users/user_ada", "", 200, nil, []string{"public_metadata", "a", "b"}},
		{"PUT", "/v1/users/user_ada/metadata", `{"private_metadata":{"x":1}}`, 200, 2.0, []string{"public_metadata", "a", "c"}},
		{"PUT", "/v1/users/user_ada/metadata", `{"public_metadata":{}}`, 200, nil, []string{"public_metadata", "a"}},
		{"PUT", "/v1/users/user_ada/metadata", `{"public_metadata":3}`, 422, "form_param_format_invalid", nil},
		{"PATCH", "/v1/users/user_ada/metadata", `{`, 400, "request_body_invalid", nil},
		{"PATCH", "/v1/users/user_nobody/metadata", `{}`, 404, "resource_not_found", nil},
		{"GET", "/v1/users/user_ada/organization_memberships?limit=1", "", 200, 2.0, []string{"total_count"}},
		{"GET", "/v1/users/user_ada/organization_memberships?limit=0", "", 422, "form_param_value_invalid", nil},
		{"GET", "/v1/users/user_ada/organization_memberships?limit=x", "", 422, "form_param_format_invalid", nil},
		{"GET", "/v1/organizations/org_acme/memberships", "", 200, 2.0, []string{"total_count"}},
		{"PATCH", "/v1/organizations/org_acme/memberships/user_mo/metadata", `{"public_metadata":{"x":1}}`, 200, 1.0, []string{"public_metadata", "x"}},
		{"PATCH", "/v1/organizations/org_zoo/memberships/user_mo/metadata", `{}`, 404, "resource_not_found", nil},
		{"GET", "/v1/organizations/org_acme", "", 200, "acme", []string{"slug"}},
		{"GET", "/v1/organizations/zoo", "", 200, "org_zoo", []string{"id"}},
		{"GET", "/v1/sessions/sess_ada", "", 200, "active", []string{"status"}},
		{"POST", "/v1/sessions/sess_ada/revoke", "", 200, "revoked", []string{"status"}},
		{"GET", "/v1/sessions/sess_ada", "", 200, "revoked", []string{"status"}},
		{"GET", "/v1/sessions/sess_other", "", 404, "resource_not_found", nil},
		{"GET", "/v1/users/../organizations/org_acme", "", 501, "not_implemented_by_stand_in", nil},
		{"GET", "/v1/users/..%2Forganizations%2Forg_acme", "", 501, "not_implemented_by_stand_in", nil},
		{"GET", "/v1/unknown", "", 501, "not_implemented_by_stand_in", nil},
	} {
		status, _, answer := apiCall(t, c, row.method, row.target, c.SecretKey(), row.body)
		got := at(answer, row.names...)
		if row.names == nil {
			got = code(answer)
		}
		if status != row.status || got != row.want {
			t.Errorf("%s %s: got %d and %v, want %d and %v", row.method, row.target, status, got, row.status, row.want)
		}
	}
	for _, key := range []string{"", "sk_test_other", c.SecretKey() + "x"} {
		if status, _, answer := apiCall(t, c, "GET", "/v1/users/user_ada", key, ""); status != 401 || code(answer) != "clerk_key_invalid" {
			t.Errorf("with the key %q: got %d, %v", key, status, answer)
		}
	}
	if list := c.APIRequests(); !slices.Contains(list, "GET /v1/users/..%2Forganizations%2Forg_acme") || len(list) != c.APICount() {
		t.Errorf("got %d requests of %d: %v", len(list), c.APICount(), list)
	}
	c.DeleteUser("user_ada")
	for _, target := range []string{"/v1/users/user_ada", "/v1/users/user_ada/organization_memberships", "/v1/sessions/sess_ada"} {
		if status, _, _ := apiCall(t, c, "GET", target, c.SecretKey(), ""); status != 404 {
			t.Errorf("%s: got %d after the user was deleted", target, status)
		}
	}
}

func TestClerkAPIPages(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	for _, org := range []string{"org_b", "org_c", "org_d"} {
		c.PutOrganization(org, org, org)
		c.PutMembership("user_mo", org, "org:member")
	}
	var got []string
	for _, target := range []string{"?limit=2", "?limit=2&offset=2", "?limit=2&offset=4", "?offset=9"} {
		_, _, answer := apiCall(t, c, "GET", "/v1/users/user_mo/organization_memberships"+target, c.SecretKey(), "")
		list, _ := answer["data"].([]any)
		for _, m := range list {
			id, _ := at(m, "organization", "id").(string)
			got = append(got, id)
		}
		got = append(got, "|")
	}
	if text := strings.Join(got, " "); text != "org_acme org_b | org_c org_d | | |" {
		t.Errorf("got the pages %s", text)
	}
}

func TestClerkMachineTokens(t *testing.T) {
	now := time.Unix(1767225600, 0)
	c := startClerk(t, devclerk.Options{Now: func() time.Time { return now }})
	machine, machineKey := c.NewMachine()
	key := c.NewAPIKey(devclerk.Machine{Subject: "user_ada", Scopes: []string{"read"}, Claims: devissuer.Claims{"x": 1}})
	m2m := c.NewM2MToken(devclerk.Machine{Scopes: []string{machine}})
	foreign := c.NewM2MToken(devclerk.Machine{Scopes: []string{"mch_other"}})
	oauth := c.NewOAuthToken(devclerk.Machine{Subject: "user_mo", Client: "client_1"})
	old := c.NewAPIKey(devclerk.Machine{Expires: now})
	revoked := c.NewAPIKey(devclerk.Machine{})
	c.SetMachineToken(revoked, devissuer.Claims{"revoked": true})
	inactive := c.NewOAuthToken(devclerk.Machine{})
	c.SetMachineToken(inactive, devissuer.Claims{"active": false})
	gone := c.NewAPIKey(devclerk.Machine{})
	c.DeleteMachineToken(gone)
	for _, row := range []struct {
		path, member, token, secret string
		status                      int
		name                        string
		want                        any
	}{
		{"/api_keys/verify", "secret", key, c.SecretKey(), 200, "subject", "user_ada"},
		{"/v1/api_keys/verify", "secret", key, c.SecretKey(), 200, "subject", "user_ada"},
		{"/api_keys/verify", "token", key, c.SecretKey(), 404, "", "token_not_found"},
		{"/api_keys/verify", "secret", m2m, c.SecretKey(), 404, "", "token_not_found"},
		{"/api_keys/verify", "secret", key, machineKey, 401, "", "clerk_key_invalid"},
		{"/api_keys/verify", "secret", old, c.SecretKey(), 404, "", "token_expired"},
		{"/api_keys/verify", "secret", revoked, c.SecretKey(), 200, "revoked", true},
		{"/api_keys/verify", "secret", gone, c.SecretKey(), 404, "", "token_not_found"},
		{"/m2m_tokens/verify", "token", m2m, c.SecretKey(), 200, "object", "machine_to_machine_token"},
		{"/v1/m2m_tokens/verify", "token", m2m, machineKey, 200, "revoked", false},
		{"/m2m_tokens/verify", "token", foreign, machineKey, 404, "", "token_not_found"},
		{"/oauth_applications/access_tokens/verify", "access_token", oauth, c.SecretKey(), 200, "client_id", "client_1"},
		{"/v1/oauth_applications/access_tokens/verify", "access_token", inactive, c.SecretKey(), 200, "active", false},
	} {
		body := `{"` + row.member + `":"` + row.token + `"}`
		status, _, answer := apiCall(t, c, "POST", row.path, row.secret, body)
		got := answer[row.name]
		if row.name == "" {
			got = code(answer)
		}
		if status != row.status || got != row.want {
			t.Errorf("%s %s: got %d and %v, want %d and %v", row.path, body, status, got, row.status, row.want)
		}
	}
}

func TestClerkAPITrouble(t *testing.T) {
	now := time.Unix(1767225600, 0)
	c := startClerk(t, devclerk.Options{Now: func() time.Time { return now }})
	get := func() (int, http.Header) {
		status, header, _ := apiCall(t, c, "GET", "/v1/users/user_ada", c.SecretKey(), "")
		return status, header
	}
	c.SetRateLimit(2, 10*time.Second)
	for i, want := range []int{200, 200, 429} {
		status, header := get()
		if status != want {
			t.Errorf("request %d: got %d, want %d", i, status, want)
		}
		if after := header.Get("Retry-After"); want == 429 && after != "10" {
			t.Errorf("got Retry-After %q, want 10", after)
		}
	}
	now = now.Add(10 * time.Second)
	if status, _ := get(); status != 200 {
		t.Errorf("in the next period: got %d", status)
	}
	c.SetRateLimit(0, 0)
	c.SetAPIFault(&devissuer.Fault{Status: 500, Times: 1})
	if status, _ := get(); status != 500 {
		t.Errorf("with a fault: got %d", status)
	}
	if status, _ := get(); status != 200 {
		t.Errorf("after the fault: got %d", status)
	}
	if res, err := client(t).Get(c.ProxyURL() + "/.well-known/jwks.json"); err != nil || res.StatusCode != 200 {
		t.Errorf("the key set: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}
}
