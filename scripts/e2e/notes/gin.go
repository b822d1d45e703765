package notes

import (
	"io"
	"net/http"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/ginauth"
)

// Gin is the API in Gin.
func Gin(api *API) http.Handler {
	r := gin.New()
	r.Use(cors.New(cors.Config{
		AllowOrigins:  []string{api.Origin},
		AllowMethods:  corsMethods,
		AllowHeaders:  corsHeaders,
		ExposeHeaders: corsExposed,
	}))

	r.GET("/status", func(c *gin.Context) {
		c.JSON(http.StatusOK, status{Up: true, Authorization: c.GetHeader("Authorization") != ""})
	})
	r.GET("/greeting", ginauth.OptionalAuth(api.Auth), func(c *gin.Context) {
		c.JSON(http.StatusOK, greet(ginauth.Identity(c)))
	})
	r.Any("/graphql", ginauth.OptionalAuth(api.Auth), gin.WrapH(api.graphQL()))
	r.Any("/graphql/lenient", gin.WrapH(api.lenient()))
	r.Any("/trpc/:path", ginauth.OptionalAuth(api.Auth), gin.WrapH(api.procedures()))

	signedIn := r.Group("/", ginauth.RequireAuth(api.Auth))
	signedIn.GET("/notes", func(c *gin.Context) {
		c.JSON(http.StatusOK, api.Notes.List())
	})
	signedIn.POST("/notes", func(c *gin.Context) {
		var in text
		if err := c.ShouldBindJSON(&in); err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"message": "not a note"})
			return
		}
		id, _ := ginauth.Identity(c)
		c.JSON(http.StatusCreated, api.Notes.Create(id, in.Text))
	})
	signedIn.PUT("/notes/:id", ginauth.RequireScope("notes:write"), func(c *gin.Context) {
		var in text
		if err := c.ShouldBindJSON(&in); err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"message": "not a note"})
			return
		}
		note, ok := api.Notes.Rename(c.Param("id"), in.Text)
		if !ok {
			c.JSON(http.StatusNotFound, gin.H{"message": "no such note"})
			return
		}
		c.JSON(http.StatusOK, note)
	})
	signedIn.DELETE("/notes/:id", ginauth.RequireRole("admin"), func(c *gin.Context) {
		if !api.Notes.Delete(c.Param("id")) {
			c.JSON(http.StatusNotFound, gin.H{"message": "no such note"})
			return
		}
		c.Status(http.StatusNoContent)
	})
	signedIn.POST("/uploads", func(c *gin.Context) {
		n, err := io.Copy(io.Discard, c.Request.Body)
		if err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"message": "the upload broke off"})
			return
		}
		c.JSON(http.StatusOK, received{n})
	})
	signedIn.Any("/moved", func(c *gin.Context) { c.Redirect(http.StatusTemporaryRedirect, "/notes") })
	signedIn.GET("/away", func(c *gin.Context) { c.Redirect(http.StatusTemporaryRedirect, api.Away) })
	return api.Count.wrap(r)
}
