// Package movingover has the same small API before and after a move to authkeel: from
// gin-jwt, echo-jwt, gofiber/contrib/jwt, jwtauth, go-jwt-middleware, clerk-sdk-go, and
// from tokens that an application signs with a shared secret. Its tests send the same
// requests to both.
package movingover
