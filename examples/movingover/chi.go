package movingover

import (
	"crypto"
	"io"
	"net/http"
	"net/url"
	"time"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v2"
	auth0jwks "github.com/auth0/go-jwt-middleware/v2/jwks"
	"github.com/auth0/go-jwt-middleware/v2/validator"
	"github.com/clerk/clerk-sdk-go/v2"
	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
)

func jwtauthBefore(key crypto.PublicKey, issuer, audience string) http.Handler {
	auth := jwtauth.New("ES256", nil, key, jwt.WithIssuer(issuer), jwt.WithAudience(audience))
	r := chi.NewRouter()
	r.Use(jwtauth.Verifier(auth), jwtauth.Authenticator(auth))
	r.Get("/api/me", func(w http.ResponseWriter, r *http.Request) {
		token, _, _ := jwtauth.FromContext(r.Context())
		write(w, token.Subject())
	})
	return r
}

func auth0Before(issuer, audience string) (http.Handler, error) {
	address, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	keys := auth0jwks.NewCachingProvider(address, 5*time.Minute)
	valid, err := validator.New(keys.KeyFunc, validator.ES256, issuer, []string{audience})
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(jwtmiddleware.New(valid.ValidateToken).CheckJWT)
	r.Get("/api/me", func(w http.ResponseWriter, r *http.Request) {
		claims := r.Context().Value(jwtmiddleware.ContextKey{}).(*validator.ValidatedClaims)
		write(w, claims.RegisteredClaims.Subject)
	})
	return r, nil
}

func clerkBefore(party string, more ...clerkhttp.AuthorizationOption) http.Handler {
	r := chi.NewRouter()
	r.Use(clerkhttp.RequireHeaderAuthorization(append(more, clerkhttp.AuthorizedPartyMatches(party))...))
	r.Get("/api/me", func(w http.ResponseWriter, r *http.Request) {
		claims, _ := clerk.SessionClaimsFromContext(r.Context())
		write(w, claims.Subject)
	})
	return r
}

// chiAfter is the same for all three; what differs is where auth comes from.
func chiAfter(auth *core.Authenticator) http.Handler {
	r := chi.NewRouter()
	r.Use(chiauth.RequireAuth(auth))
	r.Get("/api/me", func(w http.ResponseWriter, r *http.Request) {
		id, _ := chiauth.Identity(r)
		write(w, id.Subject())
	})
	return r
}

func write(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text) // the client is free to go away
}
