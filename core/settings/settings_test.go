package settings_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/authkeel/authkeel/core/settings"
)

// checks are the functions of the package, by name.
var checks = map[string]func(string) error{
	"Text": settings.Text, "Audience": settings.Audience, "Client": settings.Client, "ClaimName": settings.ClaimName,
	"IssuerName": settings.IssuerName, "Origin": settings.Origin, "WebOrigin": settings.WebOrigin,
	"Issuer":        func(v string) error { return settings.Issuer(v, false) },
	"Issuer, http":  func(v string) error { return settings.Issuer(v, true) },
	"URL":           func(v string) error { return settings.URL(v, false) },
	"URL, any http": func(v string) error { return settings.URL(v, true) },
}

// TestAccepted has values that mean what they say, odd as some are.
func TestAccepted(t *testing.T) {
	for check, values := range map[string][]string{
		"Audience": {"https://api.example.com", "api", "urn:example:api", "my api", "your-api", "todo-api", "TODO-API", "account", "microsoft:identityserver:api",
			"https://yourcompany.example.com", "6e74172b-be56-4843-9ff4-e66a39bb12e3", "api://default", "a,b"},
		"Client": {"your-client", "https://app.example.com", "web-app", "123456-abc.apps.googleusercontent.com", "a b"},
		"ClaimName": {"roles", "realm_access.roles", "https://api.example.com/roles", "resource_access.hr-api.roles", "cognito:groups",
			"urn:zitadel:iam:org:project:roles", "my roles", "a/b"},
		"IssuerName": {"https://issuer.example.com", "issuer", "urn:example", "http://adfs.example.com/adfs/services/trust", "acme.com",
			"https://login.microsoftonline.com/{tenantid}/v2.0", "https://Issuer.example.com/A"},
		"Issuer": {"https://tenant.eu.auth0.com/", "https://keycloak.example/realms/shop", "https://Tenant.example", "http://127.0.0.1:8930", "http://localhost/x",
			"http://[::1]:1", "https://a.example:8443/x", "https://issuer.example/common", "https://myyour-domain.example"},
		"Issuer, http": {"http://keycloak:8080/realms/a"},
		"URL":          {"https://app.example.com/__clerk", "https://api.clerk.com", "http://127.0.0.1:1/x", "http://[::1]:1", "http://LOCALHOST"},
		"URL, any http": {
			"http://example.com"},
		"Origin": {"https://app.example.com", "http://localhost:3000", "https://app.example.com:8443", "http://127.0.0.1:5173", "http://[::1]:3000",
			"chrome-extension://abcdefghijklmnop", "capacitor://localhost", "https://xn--bcher-kva.example"},
		"WebOrigin": {"https://app.example.com", "http://localhost:3000"},
	} {
		for _, value := range values {
			if err := checks[check](value); err != nil {
				t.Errorf("%s: %v", check, err)
			}
		}
	}
}

// TestRefused has values that no token and no browser can have, and the advice.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ check, value, want string }{
		{"Text", "", `"" is empty`},
		{"Text", " \t", `" \t" is empty`},
		{"Text", "a ", `"a " has white space at its end: write "a"`},
		{"Text", "\u00a0a", `at its beginning: write "a"`},
		{"Text", "\ta\n", `at both ends: write "a"`},
		{"Text", `"a"`, `has quotes in it, which are not part of the value: write "a"`},
		{"Text", "'a", `write "a"`},
		{"Text", "a\x00b", "control character"},
		{"Text", "a\nb", "control character"},
		{"Text", "$HOME", "is the name of a variable"},
		{"Text", "${OIDC_ISSUER}", "is the name of a variable"},
		{"Text", "{{issuer}}", "is the name of a variable"},
		{"Text", "$(cat issuer)", "is the name of a variable"},
		{"Text", "%ISSUER%", "is the name of a variable"},
		{"Text", "https://YOUR_DOMAIN/", "is a placeholder"},
		{"Text", "<tenant>", "is a placeholder"},
		{"Text", "{yourDomain}", "is a placeholder"},
		{"Issuer", "https://your-tenant.example.com/", "is a placeholder"},
		{"Issuer", "https://yourdomain.okta.com", "is a placeholder"},
		{"Origin", "https://your-app.example.com", "is a placeholder"},
		{"URL", "your_clerk_proxy_url_here", "is a placeholder"},
		{"Audience", "YOUR_API_IDENTIFIER", "is a placeholder"},
		{"Text", "change-me", "is a placeholder"},
		{"Text", "TODO", "is a placeholder"},
		{"Text", "https://…", "is a placeholder"},
		{"Text", strings.Repeat("a", 200) + " ", strings.Repeat("a", 128) + "…"},

		{"Audience", "*", "is a pattern"},
		{"Audience", "https://*.example.com", "is a pattern"},
		{"Audience", "https://a.example https://b.example", "one audience alone"},
		{"Client", "*", "is a pattern"},

		{"ClaimName", "..", `has no name in it`},
		{"ClaimName", "realm_access.", `write it such as "realm_access"`},
		{"ClaimName", ".roles", `write it such as "roles"`},
		{"ClaimName", "realm_access..roles", `write it such as "realm_access.roles"`},
		{"ClaimName", "realm_access. roles", `write it such as "realm_access.roles"`},
		{"ClaimName", " roles", `write "roles"`},
		{"ClaimName", "$.realm_access.roles", `write the path without it, "realm_access.roles"`},
		{"ClaimName", "resource_access.*.roles", "is a pattern"},
		{"ClaimName", "roles[*]", "is a pattern"},
		{"ClaimName", "<namespace>/roles", "is a placeholder"},

		{"IssuerName", "https://a.example/.well-known/openid-configuration", `which is "https://a.example" or has a slash more`},
		{"IssuerName", "https://a.example/.well-known/jwks.json", "address of a document"},
		{"IssuerName", "https://*.example", "is a pattern"},
		{"IssuerName", "https://a.example https://b.example", "white space in it"},
		{"Issuer", "tenant.eu.auth0.com", `its scheme is missing: write "https://tenant.eu.auth0.com"`},
		{"Issuer", "tenant.eu.auth0.com/", `write "https://tenant.eu.auth0.com/"`},
		{"Issuer", "localhost:8930", `write "http://localhost:8930"`},
		{"Issuer", "keycloak", "not an absolute URL"},
		{"Issuer", "https://", "not an absolute URL"},
		{"Issuer", "https:a.example", "not an absolute URL"},
		{"Issuer", "https://a.example/%zz", "not an absolute URL"},
		{"Issuer", "http://keycloak:8080/realms/a", "is plain http to another machine"},
		{"Issuer", "ftp://a.example", "write it with https"},
		{"Issuer", "https://a.example?x=1", `holds a query`},
		{"Issuer", "https://a.example/#", `holds a fragment`},
		{"Issuer", "https://user:password@a.example", "holds a user name"},
		{"Issuer", "https://user:password@a.example ", `"…" has white space`},
		{"Issuer", "https://a.example/x/../y", "has .. in its path"},
		{"Issuer", "https://login.microsoftonline.com/{tenantid}/v2.0", "your tenant's ID"},
		{"Issuer", "https://login.microsoftonline.com/common/v2.0", `"common"`},
		{"URL", "http://example.com", "is plain http"},
		{"URL", "http://10.0.0.1", "is plain http"},
		{"URL", "app.example.com", "scheme is missing"},
		{"URL", "/__clerk", "not an absolute URL"},
		{"URL", "https://u@x", "user name"},

		{"Origin", "*", "is not an origin, and would stand for everybody's pages"},
		{"Origin", "null", "is not an origin, and would stand for everybody's pages"},
		{"Origin", "https://*.example.com", "is not an origin but a pattern"},
		{"Origin", "https://app.example.com/", `write "https://app.example.com"`},
		{"Origin", "https://app.example.com/app", `write "https://app.example.com"`},
		{"Origin", "https://App.example.com", `write "https://app.example.com"`},
		{"Origin", "HTTPS://app.example.com", `write "https://app.example.com"`},
		{"Origin", "https://app.example.com:443", `write "https://app.example.com"`},
		{"Origin", "http://localhost:80", `write "http://localhost"`},
		{"Origin", "https://app.example.com:", `write "https://app.example.com"`},
		{"Origin", "https://app.example.com?x", `write "https://app.example.com"`},
		{"Origin", "https://app.example.com#x", `write "https://app.example.com"`},
		{"Origin", "https://user@app.example.com", `write "https://app.example.com"`},
		{"Origin", "app.example.com", `write "https://app.example.com"`},
		{"Origin", "localhost:3000/", `write "http://localhost:3000"`},
		{"Origin", "127.0.0.1:3000", `write "http://127.0.0.1:3000"`},
		{"Origin", "//app.example.com", "not an origin"},
		{"Origin", "https://", "not an origin"},
		{"Origin", "mailto:a", "not an origin"},
		{"Origin", " https://app.example.com", "white space at its beginning"},
		{"WebOrigin", "chrome-extension://abc", "http or https"},
	} {
		err := checks[tt.check](tt.value)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s(%q): got %v, want an error with %s", tt.check, tt.value, err, tt.want)
		} else if strings.Contains(err.Error(), "password") {
			t.Errorf("%s(%q): got %v, with the password", tt.check, tt.value, err)
		}
	}
}

// FuzzChecks: no value makes a check panic, none with white space around it is
// accepted, and every message is printable, short, and without a password.
func FuzzChecks(f *testing.F) {
	for _, seed := range []string{"", " ", "*", "..", "roles", "realm_access..roles", "https://a.example/", "https://u:secret@a.example", "localhost:3000",
		"https://a.example/.well-known/x", "<tenant>", "${A}", `"https://a.example"`, "https://a.example:443", "[::1]:3000", "HTTP://A:80#x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for name, check := range checks {
			err := check(value)
			if err == nil {
				if value == "" || strings.TrimFunc(value, unicode.IsSpace) != value {
					t.Errorf("%s accepts %q", name, value)
				}
				continue
			}
			text := err.Error()
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > 1500 || strings.Contains(text, "//u:secret@") {
				t.Errorf("%s(%q): got the message %q", name, value, text)
			}
		}
	})
}
