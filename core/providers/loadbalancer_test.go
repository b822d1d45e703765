package providers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/jwks"
)

// TestLoadBalancer: behind an Application Load Balancer the provider's own access
// token is what is verified, as the package documentation has it. The load
// balancer's token is the case aws-alb.
func TestLoadBalancer(t *testing.T) {
	for _, c := range loadCases(t) {
		if c.ID != "cognito-access" {
			continue
		}
		issuer, err := familyFunctions["cognito"](&c, jwks.Options{HTTPClient: serve(t, c.documents(t))})
		if err != nil {
			t.Fatal(err)
		}
		auth, err := core.New(core.Config{
			Issuers: []core.Issuer{issuer}, Observer: core.Silent,
			Extractors: []core.Extractor{core.FromHeader("X-Amzn-Oidc-Accesstoken")},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Amzn-Oidc-Data", "a.b=.c=")
		r.Header.Set("X-Amzn-Oidc-Accesstoken", c.token(t))
		id, err := auth.Authenticate(t.Context(), adapter.FromHTTP(r))
		if !c.isWanted(t, id, err) {
			t.Error("the access token is refused")
		}
		return
	}
	t.Fatal("the case is missing")
}
