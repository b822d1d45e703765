package tokens

import (
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// OtherClasses returns Clerk's tokens of other classes than session tokens. The same
// instance issues them, some with the same key, and an API for users has to reject
// them. There are none for other issuers.
func (s *Source) OtherClasses() []Forgery {
	if s.issuer == nil || s.issuer.Clerk() == nil {
		return nil
	}
	c := s.issuer.Clerk()
	mine := devissuer.Claims{"iss": s.issuer.State().URL}
	pending := devclerk.Pending()
	const machines = "let this route reject the tokens of machines and of OAuth clients, unless it is meant for them"
	return []Forgery{
		{ID: "class-template", Check: "Clerk token of a JWT template", Tokens: []string{c.TemplateToken(s.member.Subject, mine)},
			Remedy: "check `cat` and `sid`: a user can make template tokens for other services"},
		{ID: "class-pending", Check: "Clerk session that is pending", Tokens: []string{c.Token(pending, mine)}, MayBeMeant: true,
			Remedy: "reject sessions whose `sts` is pending: the user has not finished signing in"},
		{ID: "class-machine", Check: "Clerk machine token", Tokens: []string{c.MachineToken(mine), c.NewM2MToken(devclerk.Machine{})}, MayBeMeant: true, Remedy: machines},
		{ID: "class-oauth", Check: "Clerk OAuth access token", Tokens: []string{c.OAuthToken(s.member.Subject, mine), c.NewOAuthToken(devclerk.Machine{Subject: s.member.Subject})}, MayBeMeant: true, Remedy: machines},
		{ID: "class-api-key", Check: "Clerk API key", Tokens: []string{c.NewAPIKey(devclerk.Machine{Subject: s.member.Subject})}, MayBeMeant: true, Remedy: machines},
	}
}
