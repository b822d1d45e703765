package providers

import (
	"regexp"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Cognito returns the issuer of an Amazon Cognito user pool, for access tokens of
// one app client. Add other clients to AuthorizedParties.
//
//	providers.Cognito("eu-west-1_AbCdEfGhI", "1example23456789")
//
// Access tokens of Cognito have no audience: what is checked instead is the client
// (`client_id`) and that the token is an access token (`token_use`). Groups are the
// roles (`cognito:groups`), scopes are in `scope`. `sub` is the user's ID, and for
// machines the client's.
func Cognito(userPoolID, clientID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Cognito", keys)
	is := in.cognito(userPoolID, clientID, "access")
	is.AllowAnyAudience, is.AuthorizedParties = true, []string{clientID}
	return in.discovered(is)
}

// CognitoID is [Cognito] for ID tokens, whose audience is the app client. Use it only
// where clients send ID tokens already, as those of API Gateway do: an ID token is
// made for the client, not for an API, and has no scopes.
//
//	providers.CognitoID("eu-west-1_AbCdEfGhI", "1example23456789")
func CognitoID(userPoolID, clientID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("CognitoID", keys)
	is := in.cognito(userPoolID, clientID, "id")
	is.Audiences = []string{clientID}
	return in.discovered(is)
}

var userPool = regexp.MustCompile(`^([a-z]{2,4}(?:-[a-z]+)+-\d+)_[0-9A-Za-z]+$`)

func (in *input) cognito(userPoolID, clientID, use string) core.Issuer {
	var region string
	if in.text("userPoolID", userPoolID, "eu-west-1_AbCdEfGhI") {
		if match := userPool.FindStringSubmatch(userPoolID); match != nil {
			region = match[1]
		} else {
			in.fail("userPoolID", userPoolID, "must be region and ID, such as %q", "eu-west-1_AbCdEfGhI")
		}
	}
	in.name("clientID", clientID, "1example23456789")
	return core.Issuer{
		URL:       "https://cognito-idp." + region + ".amazonaws.com/" + userPoolID,
		Claims:    core.ClaimNames{Roles: "cognito:groups"},
		MapClaims: tokenKind("token_use", false, use),
	}
}
