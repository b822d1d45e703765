package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authkeel/authkeel/core/internal/safelog"
)

// Explanation says step by step what an Authenticator makes of a token.
type Explanation struct {
	Steps    []Step
	Identity *Identity // nil when the token is refused
	Err      error     // as of [Authenticator.Verify]; nil when the token is accepted
}

// Step is one check. Found and Expected hold no part of the signature.
type Step struct {
	Name     string // such as "issuer", "key" or "aud"
	Result   StepResult
	Found    string // what the token has
	Expected string // what the configuration asks for
	Advice   string // what to change; "" where nothing is known, and for steps that passed
}

// StepResult is how a step ended.
type StepResult string

// The results of a step.
const (
	StepPassed     StepResult = "passed"
	StepFailed     StepResult = "failed"
	StepNotReached StepResult = "not reached"
)

// String returns the steps as a table for people.
func (e Explanation) String() string {
	var b strings.Builder
	for _, s := range e.Steps {
		fmt.Fprintf(&b, "%-12s %-11s", s.Name, s.Result)
		if s.Found != "" {
			fmt.Fprintf(&b, " found %s", safelog.Text(s.Found))
		}
		if s.Result != StepPassed && s.Expected != "" {
			fmt.Fprintf(&b, ", expected %s", safelog.Text(s.Expected))
		}
		b.WriteByte('\n')
		if s.Advice != "" {
			fmt.Fprintf(&b, "%-12s %s\n", "", s.Advice)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(&b, "refused: %v\n", e.Err)
	} else {
		fmt.Fprintf(&b, "accepted: subject %s\n", strconv.Quote(e.Identity.Subject()))
	}
	return b.String()
}

// Explain goes through the checks of [Authenticator.Verify] and returns each with
// what was found and what was expected. It decides exactly as Verify does, but
// does not look into the cache first, and reports nothing to the Observer. The
// policies, if there are any, are asked last.
//
// It is for tests, command lines and protected pages of operators. Never show an
// Explanation to a client: it tells an attacker which check to work on next.
func (a *Authenticator) Explain(ctx context.Context, token string, policies ...Policy) Explanation {
	now := a.now()
	v := verifications.Get().(*verification)
	defer v.release()
	var id *Identity
	var err error
	switch {
	case len(token) > a.maxTokenBytes:
		err = errTooLarge
	case a.isOpaque(token):
		id, err = a.askVerifiers(ctx, token, now)
	default:
		if err = a.parse(ctx, v, token, now); err == nil {
			id, err = a.verify(ctx, v)
		}
	}
	if err == nil {
		id, err = a.recheck(ctx, nil, id)
	}
	for i := 0; err == nil && i < len(policies); i++ {
		err = authorize(a.WithIdentity(ctx, id), nil, policies[i])
	}
	if err != nil {
		id = nil
	}
	return Explanation{Steps: a.steps(v, err), Identity: id, Err: err}
}

// stepOf names the step at which a reason is found.
var stepOf = map[string]string{
	"token_too_large": "envelope", "not_three_segments": "envelope", "encrypted_token": "envelope", "bad_base64": "envelope",
	"bad_json": "envelope", "not_an_object": "envelope", "trailing_data": "envelope", "duplicate_member": "envelope",
	"nested_too_deeply": "envelope", "bad_unicode": "envelope", "number_out_of_range": "envelope",
	"bad_kid": "envelope", "header_not_supported": "envelope", "unrecognized_token": "envelope",
	"algorithm_not_allowed": "algorithm", "type_not_allowed": "type",
	"unknown_issuer": "issuer", "issuer_unavailable": "issuer", "too_many_unknown_issuers": "issuer",
	"keys_unavailable": "key", "unknown_key": "key", "canceled": "key", "shared_check_failed": "key", "bad_signature": "signature",
	"confirmation_not_supported": "cnf", "no_subject": "sub", "no_audience": "aud", "wrong_audience": "aud",
	"no_authorized_party": "client", "wrong_authorized_party": "client",
	"no_expiry": "exp", "not_yet_valid": "nbf", "issued_in_the_future": "iat", "expired": "exp",
	"not_accepted": "hooks", "provider_unavailable": "hooks", "revoked": "revocation", "revocations_unavailable": "revocation",
}

// stepNames are the steps in the order of the checks.
var stepNames = []string{
	"envelope", "issuer", "type", "algorithm", "key", "signature",
	"cnf", "sub", "aud", "client", "nbf", "iat", "exp", "hooks", "revocation", "policy",
}

// steps describes how far a verification came.
func (a *Authenticator) steps(v *verification, err error) []Step {
	failed := ""
	var e *Error
	if errors.As(err, &e) {
		if failed = stepOf[e.Reason]; failed == "" {
			failed = "policy"
		}
		if e.Reason == "claim_of_wrong_type" {
			failed = stepOfClaim(e.Member)
		}
	}
	var skipped []string // checks that stand before the failed one here, and run after it
	switch {
	case failed == "algorithm" && v.issuer == nil: // no issuer's algorithm
		skipped = []string{"issuer", "type"}
	case failed == "exp" && e.Reason == "no_expiry":
		skipped = []string{"nbf", "iat"}
	}
	result := StepPassed
	steps := make([]Step, 0, len(stepNames))
	for _, name := range stepNames {
		s := Step{Name: name, Result: result}
		if slices.Contains(skipped, name) {
			s.Result = StepNotReached
			steps = append(steps, s)
			continue
		}
		if result == StepPassed {
			s.Found, s.Expected = a.describeStep(v, name)
		}
		if name == failed {
			s.Result, s.Found, s.Expected, s.Advice = StepFailed, e.Found, e.Expected, e.Advice
			if s.Advice == "" {
				s.Advice = remedyOf(e.Reason)
			}
			result = StepNotReached
		}
		steps = append(steps, s)
	}
	return steps
}

// stepOfClaim is the step at which a claim of the wrong type is found: when the
// claims are read, or when a rule needs the claim.
func stepOfClaim(name string) string {
	switch name {
	case "aud":
		return "aud"
	case "jti", "sid":
		return "client" // after it, when a revocation list needs them
	case "iss", "sub", "exp", "nbf", "iat", "act":
		return "envelope"
	}
	return "client"
}

func remedyOf(code string) string {
	for _, r := range reasons {
		if r.Code == code {
			return r.Remedy
		}
	}
	return ""
}

// describeStep says what the token has for a step, and what is asked for.
func (a *Authenticator) describeStep(v *verification, name string) (found, expected string) {
	h, c, is := &v.token.Header, &v.token.Claims, v.issuer
	if is == nil { // an opaque token, or one that failed before
		if name == "algorithm" {
			return strconv.Quote(h.Algorithm), a.expectedAlgorithms
		}
		return "", ""
	}
	switch name {
	case "issuer":
		return strconv.Quote(c.Issuer), strconv.Quote(is.URL)
	case "type":
		return strconv.Quote(h.Type), is.expectedTypes
	case "algorithm":
		return strconv.Quote(h.Algorithm), is.expectedAlgorithms
	case "key":
		return strconv.Quote(h.KeyID), "the id of one of the issuer's usable keys"
	case "sub":
		return strconv.Quote(c.Subject), "a subject"
	case "aud":
		return string(c.Audience), oneOf(is.Audiences)
	case "client":
		value, _ := find(c.Members, is.paths.party)
		return string(value), oneOf(is.AuthorizedParties)
	case "nbf":
		return clockOrNothing(c.NotBefore), ""
	case "iat":
		return clockOrNothing(c.IssuedAt), ""
	case "exp":
		return clockOrNothing(c.ExpiresAt), "after " + clock(v.now.Add(-a.leeway))
	}
	return "", ""
}
