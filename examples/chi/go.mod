module github.com/authkeel/authkeel/examples/chi

go 1.25.0

require (
	github.com/authkeel/authkeel/chiauth v0.1.0
	github.com/authkeel/authkeel/core v0.1.0
	github.com/go-chi/chi/v5 v5.2.3
)

require github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
