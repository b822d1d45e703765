package main

import (
	"fmt"
	"net/http"
	"strings"
)

// situation is a request and the answer that it must get from every API.
type situation struct {
	name   string
	method string
	path   string
	tokens []string // by name; each is sent in an Authorization line of its own
	want   want
}

// want is the answer to a request. Of a refusal it leaves the body's
// description open, which is for people and may change.
type want struct {
	status    int
	challenge string // WWW-Authenticate
	code      string // `error` in the body
	hint      string // `clerk_error` in the body, as JSON
	body      string // of an accepted request, as JSON
	retry     bool   // Retry-After must be there
}

var (
	unauthorized   = want{status: http.StatusUnauthorized, challenge: "Bearer", code: "unauthorized"}
	invalidToken   = want{status: http.StatusUnauthorized, challenge: `Bearer error="invalid_token"`, code: "invalid_token"}
	tokenExpired   = want{status: http.StatusUnauthorized, challenge: `Bearer error="invalid_token", error_description="token expired"`, code: "invalid_token"}
	invalidRequest = want{status: http.StatusBadRequest, challenge: `Bearer error="invalid_request"`, code: "invalid_request"}
	missingRight   = want{status: http.StatusForbidden, challenge: `Bearer error="insufficient_scope"`, code: "insufficient_scope"}
	// Clerk's browser SDK takes this for the wish to ask the user for a factor.
	reverification = want{status: http.StatusForbidden, challenge: `Bearer error="insufficient_scope"`, code: "insufficient_scope",
		hint: `{"type":"forbidden","reason":"reverification-error","metadata":{"reverification":"strict"}}`}
	invalidWebhook = want{status: http.StatusBadRequest, code: "invalid_webhook"}
	unavailable    = want{status: http.StatusServiceUnavailable, code: "temporarily_unavailable", retry: true}
)

func ok(body string) want { return want{status: http.StatusOK, body: body} }

// String is the answer in a few words.
func (w want) String() string {
	return strings.TrimSpace(fmt.Sprint(w.status, " ", w.code))
}

const (
	adasProfile = `{"userId":"user_ada","roles":["admin"]}`
	mosProfile  = `{"userId":"user_mo","roles":["member"]}`
)

// everyday is what happens while the issuers are well.
var everyday = []situation{
	{"public, no token", "GET", "/public", nil, ok(`{"message":"anyone may read this"}`)},
	{"protected, member", "GET", "/me", []string{member}, ok(mosProfile)},
	{"protected, no token", "GET", "/me", nil, unauthorized},
	{"optional, member", "GET", "/hello", []string{member}, ok(`{"message":"hello, user_mo"}`)},
	{"optional, no token", "GET", "/hello", nil, ok(`{"message":"hello, stranger"}`)},
	{"optional, bad token", "GET", "/hello", []string{tampered}, invalidToken},
	{"admin only, admin", "DELETE", "/users/42", []string{admin}, ok(`{"deleted":"42"}`)},
	{"admin only, member", "DELETE", "/users/42", []string{member}, missingRight},
	{"admin only, no token", "DELETE", "/users/42", nil, unauthorized},
	{"permission, who has it", "GET", "/reports", []string{admin}, ok(`{"reports":["first quarter","second quarter"]}`)},
	{"permission, who lacks it", "GET", "/reports", []string{member}, missingRight},
	{"token of another issuer", "GET", "/me", []string{otherIssuer}, invalidToken},
	{"token for another audience", "GET", "/me", []string{otherAudience}, invalidToken},
	{"expired token", "GET", "/me", []string{expired}, tokenExpired},
	{"tampered token", "DELETE", "/users/42", []string{tampered}, invalidToken},
	{"alg: none", "DELETE", "/users/42", []string{algNone}, invalidToken},
	{"two tokens in one request", "GET", "/me", []string{admin, member}, invalidRequest},
	{"key that was not published", "GET", "/me", []string{unknownKey}, invalidToken},

	{"Clerk, organization", "GET", "/organization", []string{clerkMember}, ok(`{"id":"org_acme","role":"org:member","impersonatedBy":""}`)},
	{"Clerk, permission", "POST", "/invoices", []string{clerkAdmin}, ok(`{"created":"invoice"}`)},
	{"Clerk, permission lacking", "POST", "/invoices", []string{clerkMember}, missingRight},
	{"Clerk's permission, other issuer", "POST", "/invoices", []string{admin}, missingRight},
	{"Clerk, pending session", "GET", "/me", []string{clerkPending}, invalidToken},
	{"Clerk, JWT template", "GET", "/me", []string{clerkTemplate}, invalidToken},
	{"Clerk, verified lately", "POST", "/payouts", []string{clerkAdmin}, ok(`{"created":"payout"}`)},
	{"Clerk, verified long ago", "POST", "/payouts", []string{clerkMember}, reverification},
	{"Clerk, the user in person", "POST", "/password", []string{clerkAdmin}, ok(`{"changed":"password"}`)},
	{"Clerk, impersonated, refused", "POST", "/password", []string{clerkSupport}, missingRight},
	{"Clerk, impersonated, visible", "GET", "/organization", []string{clerkSupport}, ok(`{"id":"org_acme","role":"org:admin","impersonatedBy":"user_support"}`)},
}
