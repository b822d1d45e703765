package movingover

import (
	"crypto"
	"errors"
	"net/http"

	ginjwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwt4 "github.com/golang-jwt/jwt/v4"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/ginauth"
)

func ginBefore(key crypto.PublicKey) (http.Handler, error) {
	auth, err := ginjwt.New(&ginjwt.GinJWTMiddleware{
		SigningAlgorithm: "ES256",
		IdentityKey:      "sub",
		KeyFunc: func(t *jwt4.Token) (any, error) {
			if t.Method.Alg() != "ES256" {
				return nil, errors.New("unexpected algorithm")
			}
			return key, nil
		},
	})
	if err != nil {
		return nil, err
	}
	r := gin.New()
	api := r.Group("/api", auth.MiddlewareFunc())
	api.GET("/me", func(c *gin.Context) {
		claims := ginjwt.ExtractClaims(c)
		c.String(http.StatusOK, "%s", claims["sub"])
	})
	return r, nil
}

func ginAfter(auth *core.Authenticator) http.Handler {
	r := gin.New()
	api := r.Group("/api", ginauth.RequireAuth(auth))
	api.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.String(http.StatusOK, "%s", id.Subject())
	})
	return r
}
