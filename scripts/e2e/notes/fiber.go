package notes

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"

	"github.com/authkeel/authkeel/fiberauth"
)

// Fiber is the API in Fiber.
func Fiber(api *API) *fiber.App {
	app := fiber.New(fiber.Config{
		DisableStartupMessage: true,
		ReadBufferSize:        16 << 10, // Fiber's 4 KiB for all headers are too few for long tokens
	})
	app.Use(func(c *fiber.Ctx) error {
		err := c.Next()
		if c.Method() != fiber.MethodOptions {
			api.Count.Add(c.Response().StatusCode())
		}
		return err
	})
	app.Use(cors.New(cors.Config{
		AllowOrigins:  api.Origin,
		AllowMethods:  strings.Join(corsMethods, ","),
		AllowHeaders:  strings.Join(corsHeaders, ","),
		ExposeHeaders: strings.Join(corsExposed, ","),
	}))

	app.Get("/status", func(c *fiber.Ctx) error {
		return c.JSON(status{Up: true, Authorization: c.Get("Authorization") != ""})
	})
	app.Get("/greeting", fiberauth.OptionalAuth(api.Auth), func(c *fiber.Ctx) error {
		return c.JSON(greet(fiberauth.Identity(c)))
	})
	// A WebSocket does not get through: fasthttp has no connection to give to net/http.
	app.All("/graphql", fiberauth.OptionalAuth(api.Auth), fiberauth.HTTPHandler(api.graphQL()))
	app.All("/graphql/lenient", fiberauth.HTTPHandler(api.lenient()))
	app.All("/trpc/:path", fiberauth.OptionalAuth(api.Auth), fiberauth.HTTPHandler(api.procedures()))

	requireAuth := fiberauth.RequireAuth(api.Auth)
	app.Get("/notes", requireAuth, func(c *fiber.Ctx) error {
		return c.JSON(api.Notes.List())
	})
	app.Post("/notes", requireAuth, func(c *fiber.Ctx) error {
		var in text
		if err := c.BodyParser(&in); err != nil {
			return fiber.NewError(fiber.StatusBadRequest, "not a note")
		}
		id, _ := fiberauth.Identity(c)
		return c.Status(fiber.StatusCreated).JSON(api.Notes.Create(id, strings.Clone(in.Text)))
	})
	app.Put("/notes/:id", requireAuth, fiberauth.RequireScope("notes:write"), func(c *fiber.Ctx) error {
		var in text
		if err := c.BodyParser(&in); err != nil {
			return fiber.NewError(fiber.StatusBadRequest, "not a note")
		}
		note, ok := api.Notes.Rename(c.Params("id"), strings.Clone(in.Text))
		if !ok {
			return fiber.NewError(fiber.StatusNotFound, "no such note")
		}
		return c.JSON(note)
	})
	app.Delete("/notes/:id", requireAuth, fiberauth.RequireRole("admin"), func(c *fiber.Ctx) error {
		if !api.Notes.Delete(c.Params("id")) {
			return fiber.NewError(fiber.StatusNotFound, "no such note")
		}
		return c.SendStatus(fiber.StatusNoContent)
	})
	app.Post("/uploads", requireAuth, func(c *fiber.Ctx) error {
		return c.JSON(received{int64(len(c.Body()))})
	})
	app.All("/moved", requireAuth, func(c *fiber.Ctx) error { return c.Redirect("/notes", fiber.StatusTemporaryRedirect) })
	app.Get("/away", requireAuth, func(c *fiber.Ctx) error { return c.Redirect(api.Away, fiber.StatusTemporaryRedirect) })
	return app
}
