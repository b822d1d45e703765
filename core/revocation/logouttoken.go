package revocation

import (
	"errors"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// logoutEvent is the member of `events` that makes a token a logout token (OpenID
// Connect Back-Channel Logout 1.0 section 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

var (
	errNoEvent    = errors.New("revocation: not a logout token: `events` must be an object with the member " + logoutEvent + ", which must be an object")
	errNonce      = errors.New("revocation: not a logout token: it has a nonce, as ID tokens do")
	errNobody     = errors.New("revocation: the logout token has neither sub nor sid")
	errNoTokenID  = errors.New("revocation: the logout token has no jti")
	errNoIssuedAt = errors.New("revocation: the logout token has no iat")
	errWrongType  = errors.New("revocation: sid or jti of the logout token is not a string")
)

// checkLogout is core.Issuer.MapClaims: what section 2.6 asks of a logout token
// beyond what core checks of every token, which is signature, type, issuer,
// audience and times.
func checkLogout(t core.Token, d *core.IdentityData) error {
	if len(t.Claim("nonce")) > 0 { // null too: section 2.4 prohibits the claim
		return errNonce
	}
	events, ok := strictjson.Value(t.Claim("events")).Members(nil)
	if !ok {
		return errNoEvent
	}
	found := false
	for _, m := range events {
		found = found || m.Name == logoutEvent && m.Value.Kind() == strictjson.Object
	}
	if !found {
		return errNoEvent
	}
	for name, read := range map[string]string{"sid": d.SessionID, "jti": d.TokenID} {
		if raw := t.Claim(name); len(raw) > 0 && string(raw) != "null" && string(raw) != `""` && read == "" {
			return errWrongType
		}
	}
	switch {
	case d.TokenID == "":
		return errNoTokenID
	case d.IssuedAt.IsZero():
		return errNoIssuedAt
	case d.Subject == "" && d.SessionID == "":
		return errNobody
	}
	return nil
}
