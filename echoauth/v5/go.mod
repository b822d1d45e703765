module github.com/authkeel/authkeel/echoauth/v5

go 1.25.0

require (
	github.com/authkeel/authkeel/core v0.1.0
	github.com/labstack/echo/v5 v5.0.0
)

require github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
