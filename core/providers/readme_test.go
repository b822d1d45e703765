package providers_test

import (
	_ "embed"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/providers"
)

const tenantA, tenantB = testTenant, "11111111-2222-3333-4444-555555555555"

// lines are those of README.md and of the documentation, so that they compile.
var lines = []result{
	resultOf(providers.Auth0("tenant.eu.auth0.com", "https://api.example.com")),
	resultOf(providers.Okta("https://dev-1.okta.com/oauth2/default", "api://default")),
	resultOf(providers.Entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.EntraTenants([]string{tenantA, tenantB}, "6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.EntraAnyTenant("6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.EntraV1("72f988bf-86f1-41af-91ab-2d7cd011db47", "api://6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.EntraV1Tenants([]string{tenantA, tenantB}, "api://6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.EntraV1AnyTenant("api://6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.AzureB2C("contoso", "72f988bf-86f1-41af-91ab-2d7cd011db47", "B2C_1_susi", "6e74172b-be56-4843-9ff4-e66a39bb12e3")),
	resultOf(providers.ADFS("adfs.example.com", "microsoft:identityserver:api")),
	resultOf(providers.Cognito("eu-west-1_AbCdEfGhI", "1example23456789")),
	resultOf(providers.CognitoID("eu-west-1_AbCdEfGhI", "1example23456789")),
	resultOf(providers.Google("1234-abc.apps.googleusercontent.com")),
	resultOf(providers.Firebase("shop-1234")),
	resultOf(providers.FirebaseAppCheck("123456789012")),
	resultOf(providers.Supabase("https://abcdefghijklmnopqrst.supabase.co")),
	resultOf(providers.Keycloak("https://kc.example.com/realms/shop", "orders-api")),
	resultOf(providers.KeycloakWithoutAudience("https://kc.example.com/realms/shop", "web")),
	resultOf(providers.Zitadel("https://shop-1234.zitadel.cloud", "201926742074524083")),
	resultOf(providers.Ory("https://shop.projects.oryapis.com", "https://api.example.com")),
	resultOf(providers.OryWithoutAudience("https://shop.projects.oryapis.com", "6a8b9e5c-4f6d-4a5f-9d5a-0c1d2e3f4a5b")),
	resultOf(providers.Kinde("shop.kinde.com", "https://api.example.com")),
	resultOf(providers.Logto("https://shop.logto.app", "https://api.example.com")),
	resultOf(providers.FusionAuth("acme.com", "https://fusionauth.example.com", "3c219e58-ed0e-4b18-ad48-f4f92793ae32")),
	resultOf(providers.WorkOS("client_01HXYZ")),
	resultOf(providers.Stytch("project-live-16d9ba61-97a1-4ba4-9720-b03761dc50c6")),
	resultOf(providers.StytchB2B("project-live-16d9ba61-97a1-4ba4-9720-b03761dc50c6")),
	resultOf(providers.Descope("P2abcdefghijklmnopqrstuvwxyz")),
	resultOf(providers.Authentik("https://auth.example.com/application/o/shop/", "k3YbTtnXuQ")),
	resultOf(providers.CloudflareAccess("shop", "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228")),
	resultOf(providers.GitHubActions("octo-org/shop", "https://api.example.com")),
	resultOf(providers.Kubernetes("https://kubernetes.default.svc.cluster.local", "https://api.example.com")),

	resultOf(providers.GitHubActions("octo-org", "https://api.example.com")),
}

//go:embed README.md
var readme string

//go:embed readme_test.go
var ownSource string

var (
	inReadme = regexp.MustCompile("`(providers\\.[A-Z][^`]*)`")
	inDoc    = regexp.MustCompile(`(?m)^\t(providers\..*)$`)
)

// TestLinesWork: every line makes an issuer that core accepts.
func TestLinesWork(t *testing.T) {
	for i, line := range lines {
		if line.err != nil {
			t.Errorf("line %d: %v", i, line.err)
			continue
		}
		if _, err := core.New(core.Config{Issuers: []core.Issuer{line.issuer}, Observer: core.Silent}); err != nil {
			t.Errorf("line %d: core.New: %v", i, err)
		}
	}
}

// TestLinesAreTested: README has a line for each function, each function's
// documentation has the same line, and all of them are above.
func TestLinesAreTested(t *testing.T) {
	shown := map[string]bool{}
	for _, match := range inReadme.FindAllStringSubmatch(readme, -1) {
		shown[match[1]] = true
		if !strings.Contains(ownSource, "\tresultOf("+match[1]+"),\n") {
			t.Errorf("README has a line that is not tested: %s", match[1])
		}
	}
	for _, f := range documentation(t).Funcs {
		if f.Decl.Type.Results.NumFields() != 2 {
			continue // it returns no issuer
		}
		found := false
		for _, match := range inDoc.FindAllStringSubmatch(f.Doc, -1) {
			found = found || strings.HasPrefix(match[1], "providers."+f.Name+"(") && shown[match[1]]
			if !strings.Contains(ownSource, "\tresultOf("+match[1]+"),\n") {
				t.Errorf("%s: its documentation has a line that is not tested: %s", f.Name, match[1])
			}
		}
		if !found {
			t.Errorf("%s: its documentation has no line that README has too", f.Name)
		}
	}
	if len(shown) < 30 {
		t.Errorf("README has %d lines: is its table still read?", len(shown))
	}
}

func documentation(t *testing.T) *doc.Package {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	p, err := doc.NewFromFiles(fset, files, "github.com/authkeel/authkeel/core/providers")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
