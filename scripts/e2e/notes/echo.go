package notes

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/authkeel/authkeel/echoauth"
)

// Echo is the API in Echo.
func Echo(api *API) http.Handler {
	e := echo.New()
	e.Use(middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins:  []string{api.Origin},
		AllowMethods:  corsMethods,
		AllowHeaders:  corsHeaders,
		ExposeHeaders: corsExposed,
	}))

	e.GET("/status", func(c echo.Context) error {
		return c.JSON(http.StatusOK, status{Up: true, Authorization: c.Request().Header.Get("Authorization") != ""})
	})
	e.GET("/greeting", func(c echo.Context) error {
		return c.JSON(http.StatusOK, greet(echoauth.Identity(c)))
	}, echoauth.OptionalAuth(api.Auth))
	e.Any("/graphql", echo.WrapHandler(api.graphQL()), echoauth.OptionalAuth(api.Auth))
	e.Any("/graphql/lenient", echo.WrapHandler(api.lenient()))
	e.Any("/trpc/:path", echo.WrapHandler(api.procedures()), echoauth.OptionalAuth(api.Auth))

	signedIn := e.Group("", echoauth.RequireAuth(api.Auth))
	signedIn.GET("/notes", func(c echo.Context) error {
		return c.JSON(http.StatusOK, api.Notes.List())
	})
	signedIn.POST("/notes", func(c echo.Context) error {
		var in text
		if err := c.Bind(&in); err != nil {
			return err
		}
		id, _ := echoauth.Identity(c)
		return c.JSON(http.StatusCreated, api.Notes.Create(id, in.Text))
	})
	signedIn.PUT("/notes/:id", func(c echo.Context) error {
		var in text
		if err := c.Bind(&in); err != nil {
			return err
		}
		note, ok := api.Notes.Rename(c.Param("id"), in.Text)
		if !ok {
			return echo.NewHTTPError(http.StatusNotFound, "no such note")
		}
		return c.JSON(http.StatusOK, note)
	}, echoauth.RequireScope("notes:write"))
	signedIn.DELETE("/notes/:id", func(c echo.Context) error {
		if !api.Notes.Delete(c.Param("id")) {
			return echo.NewHTTPError(http.StatusNotFound, "no such note")
		}
		return c.NoContent(http.StatusNoContent)
	}, echoauth.RequireRole("admin"))
	signedIn.POST("/uploads", func(c echo.Context) error {
		n, err := io.Copy(io.Discard, c.Request().Body)
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, "the upload broke off")
		}
		return c.JSON(http.StatusOK, received{n})
	})
	signedIn.Any("/moved", func(c echo.Context) error { return c.Redirect(http.StatusTemporaryRedirect, "/notes") })
	signedIn.GET("/away", func(c echo.Context) error { return c.Redirect(http.StatusTemporaryRedirect, api.Away) })
	return api.Count.wrap(e)
}
