module github.com/authkeel/authkeel/examples/fiber

go 1.25.0

require (
	github.com/authkeel/authkeel/core v0.1.0
	github.com/authkeel/authkeel/fiberauth/v3 v3.0.0-alpha.1
	github.com/gofiber/fiber/v3 v3.0.0
)
