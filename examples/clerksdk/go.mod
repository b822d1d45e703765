module github.com/authkeel/authkeel/examples/clerksdk

go 1.25.0

require (
	github.com/authkeel/authkeel/core v0.1.0
	github.com/clerk/clerk-sdk-go/v2 v2.7.0
)

require (
	github.com/go-jose/go-jose/v3 v3.0.4 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	golang.org/x/crypto v0.43.0 // indirect
)
