// Command gin is a small API on Gin that accepts tokens of one issuer.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/ginauth"
)

func main() {
	auth, err := core.ForIssuer(os.Getenv("OIDC_ISSUER"), os.Getenv("OIDC_AUDIENCE"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newAPI(auth).Run("127.0.0.1:8080"))
}

func newAPI(auth *core.Authenticator) *gin.Engine {
	r := gin.Default()
	r.GET("/health", func(c *gin.Context) { c.Status(http.StatusNoContent) })

	api := r.Group("/api", ginauth.RequireAuth(auth))
	api.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.JSON(http.StatusOK, gin.H{"userId": id.Subject()})
	})
	api.DELETE("/users/:id", ginauth.RequireRole("admin"), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"deleted": c.Param("id")})
	})
	return r
}
