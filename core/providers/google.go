package providers

import (
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Google returns the issuer of Google's ID tokens. Google's access tokens are no
// JWTs, so APIs get ID tokens: of users, with the OAuth client's ID as the audience,
// or of service accounts, with the audience that they asked for, as Cloud Run and
// Cloud Scheduler send them.
//
//	providers.Google("1234-abc.apps.googleusercontent.com")
//
// It checks that the token was made for this audience, and nothing about who holds
// it: everybody with a Google account can get one for a client ID. `hd` is the
// Workspace domain of the user; refuse others in MapClaims. There are no roles and no
// scopes. Behind Google's API Gateway and ESPv2 the token is in another header: use
// core.FromBearerHeader("X-Forwarded-Authorization").
func Google(audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Google", keys)
	in.text("audience", audience, "1234-abc.apps.googleusercontent.com")
	return in.discovered(core.Issuer{URL: "https://accounts.google.com", Audiences: []string{audience}})
}

// Firebase returns the issuer of Firebase Authentication (and Identity Platform) for
// the ID tokens of one project, which are what Firebase clients send to APIs.
//
//	providers.Firebase("shop-1234")
//
// Custom claims stand at the top of the token: roles are read from `roles`, which you
// set with the Admin SDK. It does not check whether the user has verified an address
// (`email_verified`), is anonymous (`firebase.sign_in_provider`), or was disabled
// since: tokens live for an hour.
func Firebase(projectID string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Firebase", keys)
	in.text("projectID", projectID, "shop-1234")
	if strings.Contains(projectID, "/") {
		in.fail("projectID", projectID, "must be the project's ID alone, such as %q", "shop-1234")
	}
	return in.discovered(core.Issuer{URL: "https://securetoken.google.com/" + projectID, Audiences: []string{projectID}})
}

// FirebaseAppCheck returns the issuer of Firebase App Check for one project, by its
// number. Its tokens name an app and not a user: they are no replacement for
// [Firebase].
//
//	providers.FirebaseAppCheck("123456789012")
//
// Clients send them as a bare token: use core.FromHeader("X-Firebase-AppCheck").
func FirebaseAppCheck(projectNumber string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("FirebaseAppCheck", keys)
	if in.text("projectNumber", projectNumber, "123456789012") && strings.Trim(projectNumber, "0123456789") != "" {
		in.fail("projectNumber", projectNumber, "must be the project's number and not its ID, such as %q", "123456789012")
	}
	return in.remote(core.Issuer{
		URL: "https://firebaseappcheck.googleapis.com/" + projectNumber, Audiences: []string{"projects/" + projectNumber},
	}, "https://firebaseappcheck.googleapis.com/v1/jwks")
}
