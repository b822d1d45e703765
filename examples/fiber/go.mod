module github.com/authkeel/authkeel/examples/fiber

go 1.25.0

require (
	github.com/authkeel/authkeel/fiberauth v0.1.0
	github.com/authkeel/authkeel/core v0.1.0
	github.com/gofiber/fiber/v2 v2.52.9
)
