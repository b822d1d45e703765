// Command gin serves the blog of the examples as a REST API on Gin.
package main

import (
	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/examples/blog/rest"
	"github.com/authkeel/authkeel/ginauth"
)

func main() { rest.Main("Gin", "gin", newServer) }

func newServer(a *rest.API) rest.Server { return rest.OnHTTP(newRouter(a)) }

func newRouter(a *rest.API) *gin.Engine {
	r := gin.New()
	r.UseRawPath = true // a user ID may have a slash, which the path then has as %2F
	r.HandleMethodNotAllowed = true
	r.Use(gin.CustomRecovery(func(c *gin.Context, reason any) {
		rest.ServerError(c.Request.Context(), reason).Write(c.Writer)
		c.Abort()
	}))
	if len(a.Origins) > 0 { // before authentication, which would refuse preflights
		r.Use(cors.New(cors.Config{
			AllowOrigins: a.Origins, AllowMethods: []string{"GET", "POST", "PUT", "DELETE"},
			AllowHeaders: []string{"Authorization", "Content-Type"}, ExposeHeaders: []string{"WWW-Authenticate", "Retry-After", "Location"},
		}))
	}
	r.NoRoute(send(func(*gin.Context) rest.Response { return rest.NotFound() }))
	r.NoMethod(send(func(*gin.Context) rest.Response { return rest.MethodNotAllowed() }))
	r.GET("/health", send(func(*gin.Context) rest.Response { return a.Health() }))
	r.GET("/ready", send(func(c *gin.Context) rest.Response { return a.Ready(c.Request.Context()) }))
	r.GET("/openapi.json", send(func(*gin.Context) rest.Response { return a.OpenAPI() }))

	everybody := r.Group("", ginauth.RateLimit(a.ByAddress), ginauth.OptionalAuth(a.Auth))
	everybody.GET("/posts", send(func(c *gin.Context) rest.Response {
		return a.Posts(c.Request.Context(), c.Query("first"), c.Query("after"))
	}))
	everybody.GET("/posts/:id", send(func(c *gin.Context) rest.Response { return a.Post(c.Request.Context(), c.Param("id")) }))

	users := r.Group("", ginauth.RateLimit(a.ByAddress), ginauth.RequireAuth(a.Auth), ginauth.RateLimit(a.ByUser))
	users.GET("/me", send(func(c *gin.Context) rest.Response { return a.Profile(c.Request.Context()) }))
	users.GET("/me/posts", send(func(c *gin.Context) rest.Response {
		return a.OwnPosts(c.Request.Context(), c.Query("first"), c.Query("after"))
	}))
	users.POST("/posts", ginauth.RequirePermission("content:write"), send(func(c *gin.Context) rest.Response { return a.CreatePost(c.Request.Context(), rest.BodyOf(c.Request)) }))
	users.PUT("/posts/:id", send(func(c *gin.Context) rest.Response {
		return a.ChangePost(c.Request.Context(), c.Param("id"), rest.BodyOf(c.Request))
	}))
	users.DELETE("/posts/:id", send(func(c *gin.Context) rest.Response { return a.DeletePost(c.Request.Context(), c.Param("id")) }))
	users.GET("/orgs/:org", ginauth.RequireParam(core.OrganizationParam("org")), send(func(c *gin.Context) rest.Response { return a.Organization(c.Request.Context()) }))
	users.GET("/reports", ginauth.RequireAnyRole("admin", "manager"), send(func(c *gin.Context) rest.Response { return a.Report(c.Request.Context()) }))

	admins := users.Group("", ginauth.RequireRole("admin"))
	admins.GET("/users", send(func(c *gin.Context) rest.Response {
		return a.Users(c.Request.Context(), c.Query("first"), c.Query("after"))
	}))
	admins.PUT("/users/:id/role", send(func(c *gin.Context) rest.Response {
		return a.SetRole(c.Request.Context(), c.Param("id"), rest.BodyOf(c.Request))
	}))
	return r
}

// send makes a handler of what answers.
func send(answer func(*gin.Context) rest.Response) gin.HandlerFunc {
	return func(c *gin.Context) { answer(c).Write(c.Writer) }
}
