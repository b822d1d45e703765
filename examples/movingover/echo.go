package movingover

import (
	"crypto"
	"net/http"

	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/echoauth"
)

func echoBefore(key crypto.PublicKey) http.Handler {
	e := echo.New()
	api := e.Group("/api", echojwt.WithConfig(echojwt.Config{SigningKey: key, SigningMethod: "ES256"}))
	api.GET("/me", func(c echo.Context) error {
		subject, err := c.Get("user").(*jwt.Token).Claims.GetSubject()
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, subject)
	})
	return e
}

func echoAfter(auth *core.Authenticator) http.Handler {
	e := echo.New()
	addRoutes(e, auth)
	return e
}

func addRoutes(e *echo.Echo, auth *core.Authenticator) {
	api := e.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/me", func(c echo.Context) error {
		id, _ := echoauth.Identity(c)
		return c.String(http.StatusOK, id.Subject())
	})
}
