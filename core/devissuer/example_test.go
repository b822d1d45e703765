package devissuer_test

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/authkeel/authkeel/core/devissuer"
)

func ExampleStart() {
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer issuer.Close()

	// A verifier is given issuer.URL() and issuer.Audience(), a client this token.
	token := issuer.Token(devissuer.Claims{"sub": "user_42", "roles": []string{"admin"}})
	fmt.Println(len(token) > 0)

	// And this is how it sees the issuer fail.
	issuer.SetFault(devissuer.Fail(http.StatusInternalServerError))
	res, err := http.Get(issuer.JWKSURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output:
	// true
	// 500 Internal Server Error
}

// A program that signs users in finds everything by discovery; in a browser a user
// chooses a name.
func ExampleSignIn() {
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, SignIn: &devissuer.SignIn{
		Origins: []string{"http://localhost:5173"}, // the front end
		Users: func() []devissuer.User {
			return []devissuer.User{{Name: "ada", Subject: "user_ada", Scopes: []string{"read"}, Claims: devissuer.Claims{"email": "ada@example.test"}}}
		},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer issuer.Close()

	res, err := http.Get(issuer.URL() + "/.well-known/openid-configuration")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var metadata struct {
		Methods []string `json:"code_challenge_methods_supported"`
	}
	if err := json.NewDecoder(res.Body).Decode(&metadata); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(metadata.Methods)
	// Output: [S256]
}
