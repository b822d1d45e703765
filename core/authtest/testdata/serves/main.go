// Command serves is a program that is no test and asks for an audit.
package main

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/authkeel/authkeel/core/authtest"
)

// noTest passes itself off as a test.
type noTest struct{ testing.TB }

func (noTest) Helper() {}

func (noTest) Fatal(args ...any) {
	fmt.Println(args...)
	os.Exit(3)
}

func main() {
	fmt.Println(authtest.Routes(noTest{}, http.NewServeMux(), authtest.AuditPatterns("GET /me"), authtest.AllowHandlers()))
}
