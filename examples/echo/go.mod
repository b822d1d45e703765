module github.com/authkeel/authkeel/examples/echo

go 1.25.0

require (
	github.com/authkeel/authkeel/echoauth v0.1.0
	github.com/authkeel/authkeel/core v0.1.0
	github.com/labstack/echo/v4 v4.13.4
)
