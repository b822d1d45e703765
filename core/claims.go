package core

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// maxIssuedAhead is how far `iat` may lie ahead. It decides nothing (RFC 7519
// section 4.1.6), and clocks of issuers run ahead; nbf is for that.
const maxIssuedAhead = time.Minute

// checkClaims compares the claims with the configuration. Expiry comes last: it
// is the one reason that the client is told, so all else must be right by then.
// It returns the audience, in v.list.
func (v *verification) checkClaims(a *Authenticator) ([]string, *Error) {
	is, c := v.issuer, &v.token.Claims
	if c.Confirmation != "" && (is.CheckConfirmation == nil || c.Confirmation.Kind() != strictjson.Object) {
		// The token is bound to a key that nobody asks for here, so it must not be
		// accepted as a bearer token (RFC 7800).
		return nil, errConfirmation.at("cnf", "", "no cnf, or Issuer.CheckConfirmation")
	}
	if c.Subject == "" && !is.AllowMissingSubject {
		return nil, errNoSubject.at("sub", "", "a subject, or Issuer.AllowMissingSubject")
	}
	audience, err := v.checkAudience()
	if err != nil {
		return nil, err
	}
	if err := v.checkParty(); err != nil {
		return nil, err
	}
	if a.cfg.Revocations != nil {
		// A revocation list that cannot see a token's id would let it pass.
		for claim, name := range map[jws.Informing]string{jws.TokenID: "jti", jws.SessionID: "sid"} {
			if c.Unreadable&claim != 0 {
				return nil, errClaimType.at(name, string(member(c.Members, name)), "a string, because Config.Revocations reads it")
			}
		}
	}
	if err := v.checkTimes(a.leeway); err != nil {
		return nil, err
	}
	return audience, nil
}

func (v *verification) checkAudience() ([]string, *Error) {
	is, c := v.issuer, &v.token.Claims
	audience := v.list[:0]
	if c.Audience != "" {
		var ok bool
		if audience, ok = jws.AppendAudience(audience, c.Audience); !ok {
			return nil, errClaimType.at("aud", string(c.Audience), "a string or an array of strings")
		}
	}
	switch {
	case is.AllowAnyAudience:
	case len(audience) == 0:
		return nil, errNoAudience.at("aud", string(c.Audience), oneOf(is.Audiences)).advise(audienceAdvice(is, c, audience))
	case !slices.ContainsFunc(audience, func(aud string) bool { return slices.Contains(is.Audiences, aud) }):
		return nil, errAudience.at("aud", string(c.Audience), oneOf(is.Audiences)).advise(audienceAdvice(is, c, audience))
	}
	return audience, nil
}

func (v *verification) checkParty() *Error {
	is := v.issuer
	if len(is.AuthorizedParties) == 0 {
		return nil
	}
	value, place := find(v.token.Claims.Members, is.paths.party)
	party, ok := value.Text()
	switch {
	case place != nil && !ok:
		return errClaimType.at(place.String(), string(value), "a string, because Issuer.AuthorizedParties compares it")
	case party == "" && !is.AllowMissingAuthorizedParty:
		return errNoParty.at(is.paths.party[0].String(), string(value), oneOf(is.AuthorizedParties)).advise(partyAdvice(is, &v.token.Claims))
	case party != "" && !slices.Contains(is.AuthorizedParties, party):
		return errParty.at(place.String(), string(value), oneOf(is.AuthorizedParties)).advise(partyAdvice(is, &v.token.Claims))
	}
	return nil
}

func (v *verification) checkTimes(leeway time.Duration) *Error {
	c := &v.token.Claims
	switch latest := v.now.Add(leeway); {
	case c.ExpiresAt.IsZero():
		return errNoExpiry.at("exp", "", "a number of seconds since 1970")
	case c.NotBefore.After(latest):
		return errNotYet.at("nbf", clock(c.NotBefore), "not after "+clock(latest))
	case c.IssuedAt.After(v.now.Add(max(leeway, maxIssuedAhead))):
		return errFuture.at("iat", clock(c.IssuedAt), "not after "+clock(v.now.Add(max(leeway, maxIssuedAhead))))
	}
	if earliest := v.now.Add(-leeway); !c.ExpiresAt.After(earliest) {
		return errExpired.at("exp", clock(c.ExpiresAt), "after "+clock(earliest))
	}
	return nil
}

// fill copies what the claims say into d. list begins with the audience.
func (v *verification) fill(d *IdentityData, list []string) {
	c, paths := &v.token.Claims, &v.issuer.paths
	ends := [4]int{len(list)}
	value, _ := find(c.Members, paths.roles)
	list = paths.appendRoles(list, value)
	ends[1] = len(list)
	value, _ = find(c.Members, paths.permissions)
	list = appendList(list, value)
	ends[2] = len(list)
	value, _ = find(c.Members, paths.scopes)
	list = appendScopes(list, value)
	ends[3] = len(list)

	list = slices.Clone(list)
	d.Audience = list[:ends[0]:ends[0]]
	d.Roles = list[ends[0]:ends[1]:ends[1]]
	d.Permissions = list[ends[1]:ends[2]:ends[2]]
	d.Scopes = list[ends[2]:ends[3]:ends[3]]

	d.Issuer, d.Subject = c.Issuer, c.Subject
	d.TokenID, d.SessionID = c.TokenID, c.SessionID
	d.IssuedAt, d.ExpiresAt, d.AuthenticatedAt = c.IssuedAt, c.ExpiresAt, c.AuthAt
	value, _ = find(c.Members, paths.party)
	d.AuthorizedParty, _ = value.Text()
	value, _ = find(c.Members, paths.organization)
	d.Organization.ID, _ = value.Text()
	d.Actor = actorOf(c.Actor)
}

// actorOf is what `act` says, in the API's words.
func actorOf(a *jws.Actor) Actor {
	if a == nil {
		return Actor{}
	}
	actor := Actor{Subject: a.Subject, Issuer: a.Issuer, SessionID: a.SessionID, Type: a.Type}
	if a.Prior != nil {
		prior := actorOf(a.Prior)
		actor.Prior = &prior
	}
	return actor
}

// oneOf names the configured values, for the log.
func oneOf(values []string) string {
	switch len(values) {
	case 0:
		return "anything"
	case 1:
		return strconv.Quote(values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return fmt.Sprintf("one of %s", strings.Join(quoted, ", "))
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func clockOrNothing(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return clock(t)
}
