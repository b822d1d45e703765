package core

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/audit"
)

// unprivileged stands for a caller without any right. Policies that are asked
// with it say what they ask for: as a requirement where they are core's, and as a
// DeniedError otherwise.
var unprivileged = &Identity{data: IdentityData{Issuer: auditor, Subject: auditor}}

// impersonated is unprivileged with somebody who acts for it, which is what some
// policies deny.
var impersonated = &Identity{data: IdentityData{Issuer: auditor, Subject: auditor, Actor: Actor{Subject: auditor}}}

// auditor is the subject and issuer of the identities of an audit. No token has
// it, as the name of an issuer is a URL.
const auditor = "authkeel-audit"

// audited records that authentication is mounted, and lets the request of an audit
// go on with an identity that the checks behind it know.
func (a *Authenticator) audited(ctx context.Context, s *audit.Session, optional bool) context.Context {
	kind := audit.Authentication
	if optional {
		kind = audit.OptionalAuthentication
	}
	s.Record(audit.Check{Kind: kind})
	return withIdentity(ctx, &Identity{data: IdentityData{Issuer: auditor, Subject: auditor, ProviderData: s}}, a)
}

// auditPolicy answers for a policy during an audit. It reports false for all
// identities but those of an audit.
func auditPolicy(ctx context.Context, id *Identity, p Policy) (bool, error) {
	if id == unprivileged { // a policy that is asked what it asks for asks Authorize
		return true, p(ctx, id)
	}
	s, ok := id.data.ProviderData.(*audit.Session)
	if ok {
		s.Record(audit.Check{Kind: audit.Policy, Text: describe(ctx, p)})
	}
	return ok, nil
}

// requirement is what a policy of core answers to [unprivileged]: what it asks
// for, in words.
type requirement struct {
	text     string
	compound bool // of several parts, so that it needs brackets beside others
}

func (r *requirement) Error() string { return "denied: " + r.text }

// Unwrap makes it a denial for policies that look at what others answer.
func (r *requirement) Unwrap() error { return &DeniedError{Requirement: r.text} }

// describeTime is how long a policy of the application may take to say what it
// asks for.
const describeTime = 2 * time.Second

// describe says in words what a policy asks for. A policy of the application that
// does not answer with a DeniedError is "policy".
func describe(ctx context.Context, p Policy) (text string) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	return explainPolicy(withIdentity(ctx, unprivileged, authenticatorOf(ctx)), p).text
}

func explainPolicy(ctx context.Context, p Policy) (r *requirement) {
	defer func() {
		if recover() != nil { // a policy of the application that this identity is too strange for
			r = &requirement{text: "policy"}
		}
	}()
	err := p(ctx, unprivileged)
	if err == nil {
		err = p(ctx, impersonated)
	}
	var own *requirement
	if errors.As(err, &own) {
		return own
	}
	var denied *DeniedError
	if errors.As(err, &denied) && denied != nil && denied.Requirement != "" {
		return &requirement{text: strings.Join(strings.Fields(denied.Requirement), " ")}
	}
	return &requirement{text: "policy"}
}

// requirementOf joins what the policies ask for.
func requirementOf(ctx context.Context, word string, policies []Policy) *requirement {
	if len(policies) == 1 {
		return explainPolicy(ctx, policies[0])
	}
	parts := make([]string, len(policies))
	for i, p := range policies {
		r := explainPolicy(ctx, p)
		if parts[i] = r.text; r.compound {
			parts[i] = "(" + r.text + ")"
		}
	}
	return joined(word, parts)
}

// joined is a requirement of several parts.
func joined(word string, parts []string) *requirement {
	return &requirement{text: strings.Join(parts, " "+word+" "), compound: len(parts) > 1}
}
