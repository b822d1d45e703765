package devissuer_test

import (
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
