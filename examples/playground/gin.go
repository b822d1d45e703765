package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/ginauth"
)

// ginAPI is the API in Gin.
func ginAPI(auth *core.Authenticator, hooks http.Handler) http.Handler {
	r := gin.New()
	r.Use(gin.Recovery())

	r.GET("/public", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"message": "anyone may read this"})
	})
	r.GET("/hello", ginauth.OptionalAuth(auth), func(c *gin.Context) {
		name := "stranger"
		if id, ok := ginauth.Identity(c); ok {
			name = id.Subject()
		}
		c.JSON(http.StatusOK, gin.H{"message": "hello, " + name})
	})

	// From here on nobody comes in without a good token.
	protected := r.Group("/", ginauth.RequireAuth(auth))
	protected.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.JSON(http.StatusOK, gin.H{"userId": id.Subject(), "roles": id.Roles()})
	})
	protected.DELETE("/users/:id", ginauth.RequireRole("admin"), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"deleted": c.Param("id")})
	})
	protected.GET("/reports", ginauth.RequirePermission("reports:read"), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"reports": []string{"first quarter", "second quarter"}})
	})

	// Clerk's users act in an organization, and somebody may act for them.
	protected.GET("/organization", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		org := id.Organization()
		c.JSON(http.StatusOK, gin.H{"id": org.ID, "role": org.Role, "impersonatedBy": id.Actor().Subject})
	})
	protected.POST("/invoices", ginauth.RequirePermission("org:invoices:create"), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"created": "invoice"})
	})
	protected.POST("/payouts", ginauth.Require(clerk.Has(clerk.HasParams{Reverification: clerk.Strict})), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"created": "payout"})
	})
	protected.POST("/password", ginauth.Require(clerk.NotImpersonated()), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"changed": "password"})
	})
	// Not behind RequireAuth: the signature is the authentication.
	r.POST("/webhooks", gin.WrapH(hooks))
	return r
}
