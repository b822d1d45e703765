package movingover

import (
	"context"
	"crypto"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// signWithSecret is how the application made its tokens before: a program
// that can verify them can also make them.
func signWithSecret(secret []byte, claims jwt.MapClaims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
}

// signWithKey is how it makes them from now on, with the key of `authkeel keygen`.
func signWithKey(kid string, key crypto.Signer, claims jwt.MapClaims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = kid
	return token.SignedString(key)
}

// publicKeys serves the public key, which may be known to everybody.
func publicKeys(kid string, key crypto.Signer) (http.Handler, error) {
	public, err := jwks.NewKey(kid, "ES256", key.Public())
	if err != nil {
		return nil, err
	}
	return jwks.Handler(public)
}

// subjectKey is where the middleware of before leaves the subject.
type subjectKey struct{}

// bothMiddleware is the middleware of before. While old tokens are about it accepts
// the new ones too: the token's algorithm decides between secret and key, and neither
// is ever used for the other's algorithm.
func bothMiddleware(secret []byte, keys *jwks.Source) func(http.Handler) http.Handler {
	find := func(t *jwt.Token) (any, error) {
		switch t.Method {
		case jwt.SigningMethodHS256:
			return secret, nil
		case jwt.SigningMethodES256:
			return jwks.Keyfunc(keys)(t)
		}
		return nil, errors.New("unexpected algorithm")
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			token, err := jwt.Parse(text, find, jwt.WithValidMethods([]string{"HS256", "ES256"}), jwt.WithExpirationRequired())
			if !found || err != nil {
				http.Error(w, "unauthorized", http.StatusUnauthorized)
				return
			}
			subject, err := token.Claims.GetSubject()
			if err != nil {
				http.Error(w, "unauthorized", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), subjectKey{}, subject)))
		})
	}
}

// secretDuring is the API while old tokens are about: the middleware of before
// decides, and authkeel says beside it what it would have decided.
func secretDuring(secret []byte, keys *jwks.Source, auth *core.Authenticator) (api http.Handler, watching *core.Authenticator) {
	watching = core.ShadowFunc(func(ctx context.Context, _ adapter.Request) core.Decision {
		subject, accepted := ctx.Value(subjectKey{}).(string)
		return core.Decision{Accepted: accepted, Subject: subject}
	}, auth)
	r := chi.NewRouter()
	r.Use(bothMiddleware(secret, keys), chiauth.RequireAuth(watching))
	r.Get("/api/me", func(w http.ResponseWriter, r *http.Request) {
		subject, _ := r.Context().Value(subjectKey{}).(string)
		write(w, subject)
	})
	return r, watching
}

// lastDifference returns when authkeel would last have decided differently. When that
// is longer ago than an old token lives, RequireAuth can take over ([chiAfter]).
func lastDifference(watching *core.Authenticator) (last time.Time) {
	for _, d := range watching.ShadowReport().Differences {
		if d.Last.After(last) {
			last = d.Last
		}
	}
	return last
}
