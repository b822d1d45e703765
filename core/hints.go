package core

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/internal/strictjson"
	"github.com/authkeel/authkeel/core/jwks"
)

// hint tells once of a setting that can never match what the issuer sends.
func (a *Authenticator) hint(ctx context.Context, issuer string, e Event) {
	if _, told := a.hinted.LoadOrStore(issuer+" "+e.Reason, true); told {
		return
	}
	e.Kind, e.Issuer = EventHint, issuer
	a.observer.Observe(ctx, e)
}

// noUsableKey is the hint that an issuer has keys, and none for an algorithm that
// is allowed.
func noUsableKey(allowed []string, r jwks.Refresh) (Event, bool) {
	if r.Err != "" || len(r.Algorithms) == 0 || slices.ContainsFunc(r.Algorithms, func(alg string) bool { return slices.Contains(allowed, alg) }) {
		return Event{}, false
	}
	return Event{
		Reason: "no_key_for_algorithms", Member: "alg", Found: strings.Join(r.Algorithms, ", "), Expected: oneOf(allowed),
		Advice: "every token will be refused: name the algorithms of the issuer's keys in Issuer.Algorithms, or leave it empty",
	}, true
}

// unreadableRoles is the hint that the roles claim is there and has a shape that
// grants nothing.
func (v *verification) unreadableRoles(roles []string) (Event, bool) {
	if len(roles) > 0 {
		return Event{}, false
	}
	value, place := find(v.token.Claims.Members, v.issuer.paths.roles)
	switch value {
	case "", `""`, "[]", "{}":
		return Event{}, false
	}
	e := Event{Reason: "roles_unreadable", Member: place.String(), Found: kindOf(value), Expected: "a string or an array of strings"}
	switch value.Kind() {
	case strictjson.Object:
		e.Advice = "the claim grants nothing as it is: if its member names are the roles, set Issuer.Claims.RoleNames; if they are further down, name the path in Issuer.Claims.Roles"
	case strictjson.Array:
		e.Advice = "the claim grants nothing as it is: if its elements are objects, name the member that is the role in Issuer.Claims.RoleKey"
	default:
		e.Advice = "the claim grants nothing as it is: name the claim that holds the roles in Issuer.Claims.Roles"
	}
	if v.issuer.paths.roleNames {
		e.Expected = "an object, because Issuer.Claims.RoleNames is set"
	}
	if v.issuer.paths.roleKey != "" {
		e.Expected = "an array of objects with " + strconv.Quote(v.issuer.paths.roleKey) + ", because Issuer.Claims.RoleKey is set"
	}
	return e, true
}

func kindOf(v strictjson.Value) string {
	switch v.Kind() {
	case strictjson.Object:
		return "an object"
	case strictjson.Array:
		return "an array"
	case strictjson.String:
		return "a string"
	case strictjson.Number:
		return "a number"
	case strictjson.Bool:
		return "true or false"
	}
	return "null"
}

// issuerAdvice says what to change for an issuer that is not trusted. similar is a
// trusted one with the same issuerKey, or "".
func issuerAdvice(found, similar string) string {
	switch {
	case similar == "":
	case strings.TrimSuffix(found, "/") == strings.TrimSuffix(similar, "/"):
		return fmt.Sprintf("the issuers differ in the slash at the end alone: set Issuer.URL to %q", found)
	case strings.EqualFold(found, similar):
		return fmt.Sprintf("the issuers differ in letter case alone: set Issuer.URL to %q", found)
	case strings.TrimPrefix(found, "http://") == strings.TrimPrefix(similar, "https://") && strings.HasPrefix(found, "http://"):
		return "the issuers differ in http and https alone: configure the issuer to name itself by https, or set Issuer.URL and Keys for http"
	}
	return "if this API should trust the issuer, name it in Config.Issuers exactly as its tokens have it"
}

// audienceAdvice says what to change for a token that is for somebody else.
func audienceAdvice(is *issuer, c *jws.Claims, audience []string) string {
	value, _ := find(c.Members, is.paths.party)
	client, _ := value.Text()
	switch {
	case client != "" && slices.Contains(is.Audiences, client):
		return "the configured audience is the client that the token was issued to, not an API: ask the issuer for a token for this API, or configure the audience that it writes"
	case client != "" && len(audience) == 1 && audience[0] == client:
		return "the token's audience is its own client, as in an ID token: send the access token, and ask the issuer for one for this API"
	case len(audience) == 0:
		return "let the issuer write this API into aud; where it cannot, set Issuer.AllowAnyAudience together with AuthorizedParties"
	}
	return "ask the issuer for a token for this API, or add what it writes into aud to Issuer.Audiences"
}

// partyAdvice says what to change where the client is in another claim.
func partyAdvice(is *issuer, c *jws.Claims) string {
	for _, name := range []string{"azp", "client_id", "cid", "appid"} {
		if client, ok := member(c.Members, name).Text(); ok && slices.Contains(is.AuthorizedParties, client) {
			return fmt.Sprintf("the token has its client in %q: set Issuer.Claims.AuthorizedParty to %q", name, name)
		}
	}
	return "add the client to Issuer.AuthorizedParties if it may call this API"
}
