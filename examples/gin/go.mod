module github.com/authkeel/authkeel/examples/gin

go 1.25.0

require (
	github.com/authkeel/authkeel/ginauth v0.1.0
	github.com/authkeel/authkeel/core v0.1.0
	github.com/gin-gonic/gin v1.10.1
)
