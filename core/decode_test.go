package core_test

import (
	"testing"

	"github.com/authkeel/authkeel/core"
)

// TestDecodeReadsExactNames: what an application decodes is what core checked.
// Names in another case are accepted in a token, and fill nothing.
func TestDecodeReadsExactNames(t *testing.T) {
	type claims struct {
		Issuer  string   `json:"iss"`
		Subject string   `json:"sub"`
		Expires int64    `json:"exp"`
		Roles   []string `json:"roles"`
		Nested  struct {
			Admin bool `json:"admin"`
		} `json:"nested"`
	}
	var decoded claims
	a := build(t, func(c *core.Config) {
		c.Issuers[0].MapClaims = func(token core.Token, _ *core.IdentityData) error { return token.Decode(&decoded) }
	})
	for _, pairs := range [][]string{
		{"ROLES", `["admin"]`}, {"Roles", `["admin"]`, "roles", `["user"]`}, {"roleſ", `["admin"]`}, {"SUB", `"admin"`},
		{"ISS", `"https://evil.example"`}, {"EXP", "9999999999"}, {"nested", `{"ADMIN":true}`}, {"NESTED", `{"admin":true}`},
	} {
		decoded = claims{}
		id := accepted(t, a, quick(pairs...))
		var own claims
		if err := id.Decode(&own); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]claims{"Token.Decode": decoded, "Identity.Decode": own} {
			if c.Issuer != issuerURL || c.Subject != "user_1" || c.Expires != id.ExpiresAt().Unix() || len(c.Roles) > 0 && c.Roles[0] == "admin" || c.Nested.Admin {
				t.Errorf("%q, %s: got %+v, want what core checked", pairs, what, c)
			}
		}
	}
}
