package providers_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/jwks"
)

// classes are the words of the file for the error classes.
var classes = map[string]error{
	"no_token": core.ErrNoToken, "invalid_request": core.ErrInvalidRequest, "malformed": core.ErrMalformed,
	"not_understood": core.ErrUnsupported, "algorithm": core.ErrAlgorithm, "type": core.ErrType,
	"issuer": core.ErrIssuer, "unknown_key": core.ErrUnknownKey, "signature": core.ErrSignature,
	"audience": core.ErrAudience, "party": core.ErrAuthorizedParty, "claim": core.ErrClaim,
	"not_yet_valid": core.ErrNotYetValid, "expired": core.ErrExpired, "not_accepted": core.ErrNotAccepted,
	"unavailable": core.ErrUnavailable,
}

// TestEveryCase runs all cases with the configuration that each of them names.
func TestEveryCase(t *testing.T) {
	for _, c := range loadCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			auth, err := c.configured(t, serve(t, c.documents(t)))
			c.check(t, auth, err)
		})
	}
}

// documents are what the issuer of a case publishes.
func (c *tokenCase) documents(t *testing.T) map[string]string {
	documents := map[string]string{c.KeySet.At: fill(t, string(c.KeySet.Document))}
	if c.Discovery != nil {
		documents[c.Discovery.At] = fill(t, string(c.Discovery.Document))
	}
	return documents
}

// configured makes the Authenticator that a case describes.
func (c *tokenCase) configured(t *testing.T, client *http.Client) (*core.Authenticator, error) {
	t.Helper()
	configure, options := &c.Configure, jwks.Options{HTTPClient: client}
	if configure.Preset != "" {
		return c.preset(t, options)
	}
	is := core.Issuer{
		URL:       configure.Issuer,
		Audiences: configure.Audiences, AllowAnyAudience: configure.AnyAudience,
		AuthorizedParties: configure.Parties, AllowMissingSubject: configure.MissingSubject,
		Algorithms: configure.Algorithms,
		Claims: core.ClaimNames{
			AuthorizedParty: configure.Party, Permissions: configure.Permissions, Scopes: configure.Scopes,
		},
	}
	if configure.IssuerTemplate != "" {
		is.URL = strings.Replace(configure.IssuerTemplate, "{tid}", "{tenantid}", 1)
	}
	var err error
	switch configure.Keys {
	case "discovery":
		is.Keys, err = jwks.Discover(is.URL, options)
	case "address":
		is.Keys, err = jwks.Remote(c.KeySet.At, options)
	default:
		t.Fatalf("keys %q are unknown", configure.Keys)
	}
	if err != nil {
		return nil, err
	}
	setRoles(t, &is.Claims, configure.Roles)
	switch configure.Confirm {
	case "":
	case "yes", "no":
		is.CheckConfirmation = func(context.Context, adapter.Request, core.Token) error {
			if configure.Confirm == "no" {
				return errors.New("the request does not prove possession of the key")
			}
			return nil
		}
	default:
		t.Fatalf("confirm %q is unknown", configure.Confirm)
	}
	cfg := core.Config{Issuers: []core.Issuer{is}, Observer: core.Silent}
	if configure.Revocations {
		cfg.Revocations = nothingRevoked{}
	}
	if configure.BearerHeader != "" {
		cfg.Extractors = append(cfg.Extractors, core.FromBearerHeader(configure.BearerHeader))
	}
	if configure.Header != "" {
		cfg.Extractors = append(cfg.Extractors, core.FromHeader(configure.Header))
	}
	return core.New(cfg)
}

func setRoles(t *testing.T, names *core.ClaimNames, raw json.RawMessage) {
	t.Helper()
	if raw == nil || json.Unmarshal(raw, &names.Roles) == nil {
		return
	}
	var roles struct{ Claim, Shape, Key string }
	if err := json.Unmarshal(raw, &roles); err != nil {
		t.Fatal(err)
	}
	names.Roles = roles.Claim
	switch roles.Shape {
	case "names":
		names.RoleNames = true
	case "objects":
		names.RoleKey = roles.Key
	default:
		t.Fatalf("shape %q is unknown", roles.Shape)
	}
}

func (c *tokenCase) preset(t *testing.T, options jwks.Options) (*core.Authenticator, error) {
	t.Helper()
	if c.Configure.Preset != "clerk" || c.Configure.Keys != "preset" {
		t.Fatalf("preset %q is unknown", c.Configure.Preset)
	}
	host := strings.TrimPrefix(c.Configure.Issuer, "https://")
	return clerk.New(clerk.Config{
		PublishableKey: "pk_live_" + base64.StdEncoding.EncodeToString([]byte(host+"$")),
		JWKS:           options, Core: core.Config{Observer: core.Silent},
	})
}

type nothingRevoked struct{}

func (nothingRevoked) Revoked(context.Context, *core.Identity) (bool, error) { return false, nil }

// request makes the request of a case.
func (c *tokenCase) request(t *testing.T) *http.Request {
	t.Helper()
	token := c.token(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	header := c.Request
	if header == nil {
		header = map[string]string{"Authorization": "Bearer {{token}}"}
	}
	for name, value := range header {
		r.Header.Set(name, fill(t, strings.ReplaceAll(value, "{{token}}", token)))
	}
	return r
}

// check compares what comes of a case with what is wanted. The second request meets
// the token that the first one left in the cache, and takes the whole way of an
// adapter.
func (c *tokenCase) check(t *testing.T, auth *core.Authenticator, err error) {
	t.Helper()
	if err != nil {
		if !slices.Contains(c.Want.Class, "configuration") {
			t.Fatalf("got the configuration error %v, want %s %v", err, c.Want.Outcome, c.Want.Class)
		}
		return
	}
	r := c.request(t)
	id, err := auth.Authenticate(t.Context(), adapter.FromHTTP(r))
	if !c.isWanted(t, id, err) {
		return
	}
	w := httptest.NewRecorder()
	served, ok := adapter.Serve(auth.RequireAuth(), w, r)
	if err != nil {
		if ok {
			t.Error("the second request is accepted")
		}
		if refusal := auth.Refusal(t.Context(), err); w.Code != refusal.Status {
			t.Errorf("the second request got status %d, want %d", w.Code, refusal.Status)
		}
		return
	}
	if !ok {
		t.Fatalf("the second request got status %d", w.Code)
	}
	again, _ := core.IdentityFrom(served.Context())
	c.isWanted(t, again, nil)
}

// isWanted compares one outcome, and reports whether it is one that was wanted.
func (c *tokenCase) isWanted(t *testing.T, id *core.Identity, err error) bool {
	t.Helper()
	w, allowed := &c.Want, c.Want.Class
	if w.Outcome == "accept" {
		allowed = w.OrRefuse
	}
	if err != nil {
		if !slices.ContainsFunc(allowed, func(class string) bool { return errors.Is(err, classes[class]) }) {
			t.Errorf("%s: got %s, want %s %v", c.About, explain(err), w.Outcome, allowed)
			return false
		}
		return true
	}
	if w.Outcome != "accept" {
		t.Errorf("%s: got accepted, want refused as one of %v", c.About, allowed)
		return false
	}
	for _, got := range []struct {
		what      string
		got, want any
	}{
		{"subject", id.Subject(), w.Subject},
		{"party", id.AuthorizedParty(), w.Party},
		{"roles", id.Roles(), w.Roles},
		{"scopes", id.Scopes(), w.Scopes},
		{"permissions", id.Permissions(), w.Permissions},
		{"actor", id.Actor().Subject, w.Actor},
		{"organization", id.Organization().ID, w.Organization},
		{"time of authentication", !id.AuthenticatedAt().IsZero(), w.Authenticated},
	} {
		want := reflect.ValueOf(got.want)
		if want.Kind() == reflect.Pointer {
			if want.IsNil() {
				continue // the case does not say
			}
			want = want.Elem()
		}
		if g, w := fmt.Sprintf("%q", got.got), fmt.Sprintf("%q", want.Interface()); g != w {
			t.Errorf("%s: got %s %s, want %s", c.About, got.what, g, w)
		}
	}
	if w.session != "" && id.SessionID() != w.session {
		t.Errorf("%s: got session %q, want %q", c.About, id.SessionID(), w.session)
	}
	for name, value := range w.Decoded {
		if got := decode(t, id, name); got != value {
			t.Errorf("%s: Decode got %s %q, want %q", c.About, name, got, value)
		}
	}
	return true
}

// decode reads one claim as an application does, into a struct with a tag.
func decode(t *testing.T, id *core.Identity, name string) string {
	t.Helper()
	claims := reflect.New(reflect.StructOf([]reflect.StructField{{
		Name: "Claim", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(fmt.Sprintf("json:%q", name)),
	}}))
	if err := id.Decode(claims.Interface()); err != nil {
		t.Errorf("Decode %s: %v", name, err)
	}
	return claims.Elem().Field(0).String()
}

// explain is an error with what only the log learns.
func explain(err error) string {
	var refused *core.Error
	if !errors.As(err, &refused) {
		return err.Error()
	}
	return fmt.Sprintf("%s (%v; %s is %s, expected %s; %v)", refused.Reason, refused.Class(), refused.Member, refused.Found, refused.Expected, errors.Unwrap(refused))
}
