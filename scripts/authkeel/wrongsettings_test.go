package main

import (
	"errors"
	"fmt"
	"log/slog"

	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// row is a mistake that newcomers make, and what must be in the message: the problem
// and the next step.
type row struct {
	number, tried string
	got           func(t *testing.T) string
	want          []string
}

// runRows runs the rows of a table.
func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.number+" "+r.tried, func(t *testing.T) {
			got := r.got(t)
			for _, want := range r.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in the message\n%s", want, got)
				}
			}
		})
	}
}

// text returns the message of an error.
func text(err error) string { return fmt.Sprint(err) }

const testKey, liveKey = "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"

var settingNames = []string{
	"OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_ALGORITHMS", "OIDC_AUTHORIZED_PARTIES", "OIDC_ROLES_CLAIM", "CLERK_PUBLISHABLE_KEY",
	"CLERK_SECRET_KEY", "CLERK_JWT_KEY", "CLERK_AUTHORIZED_PARTIES", "CLERK_PROXY_URL", "CLERK_API_URL", "CLERK_MACHINE_SECRET_KEY",
}

// environment sets variables, given as NAME, value, …, and empties the others.
func environment(t *testing.T, pairs ...string) {
	t.Helper()
	for _, name := range settingNames {
		t.Setenv(name, "")
	}
	for i := 0; i < len(pairs); i += 2 {
		t.Setenv(pairs[i], pairs[i+1])
	}
}

// fromEnv is the answer of core.FromEnv to variables.
func fromEnv(pairs ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		environment(t, pairs...)
		_, err := core.FromEnv()
		return text(err)
	}
}

// clerkFromEnv is the answer of clerk.NewFromEnv to variables.
func clerkFromEnv(pairs ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		environment(t, pairs...)
		_, err := clerk.NewFromEnv()
		return text(err)
	}
}

// issuers are the answers of core.ForIssuer to several issuers, each of which has to
// be refused.
func issuers(urls ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		var all []string
		for _, url := range urls {
			_, err := core.ForIssuer(url, "api")
			if err == nil {
				t.Errorf("%q is accepted", url)
			}
			all = append(all, text(err))
		}
		return strings.Join(all, "\n")
	}
}

// configured is the answer of core.New to a Config with one mistake.
func configured(change func(*core.Config)) func(*testing.T) string {
	return func(t *testing.T) string {
		cfg := core.Config{Issuers: []core.Issuer{{URL: "https://issuer.example", Audiences: []string{"api"}}}}
		change(&cfg)
		_, err := core.New(cfg)
		if err == nil {
			t.Error("it is accepted")
		}
		return text(err)
	}
}

// logged is what an API without an Observer logs when it gets a token of an issuer
// whose URL ends in path, and its settings are changed.
func logged(path string, change func(is *core.Issuer)) func(*testing.T) string {
	return func(t *testing.T) string {
		issuer, err := devissuer.Start(devissuer.Options{URL: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = issuer.Close() })
		keys, err := jwks.Discover(issuer.URL(), jwks.Options{})
		if err != nil {
			t.Fatal(err)
		}
		is := core.Issuer{URL: issuer.URL(), Audiences: []string{issuer.Audience()}, Keys: keys}
		change(&is)
		log := captureLog(t)
		auth, err := core.New(core.Config{Issuers: []core.Issuer{is}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.Verify(t.Context(), issuer.Token(nil)); err == nil {
			t.Error("the token is accepted")
		}
		return strings.ReplaceAll(log.String(), strings.TrimSuffix(issuer.URL(), "/"), "ISSUER")
	}
}

// captureLog replaces the default log for the length of a test.
func captureLog(t *testing.T) *logText {
	t.Helper()
	log := new(logText)
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	return log
}

// logText is a log that a test reads while key sources may still write to it.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// several joins what several mistakes of one row answer.
func several(rows ...func(*testing.T) string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		var all []string
		for _, r := range rows {
			all = append(all, r(t))
		}
		return strings.Join(all, "\n")
	}
}

// inProject runs a command in a folder with these files, given as name, text, ….
func inProject(run func(*testing.T) string, files ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		dir := t.TempDir()
		for i := 0; i < len(files); i += 2 {
			name := filepath.Join(dir, files[i])
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(files[i+1]), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		t.Chdir(dir)
		return run(t)
	}
}

// TestWrongSettings has the wrong settings of a program, by their number in the list
// of what newcomers tried.
func TestWrongSettings(t *testing.T) {
	const issuer = "https://issuer.example"
	oidc := func(name, value string) func(*testing.T) string {
		return fromEnv("OIDC_ISSUER", issuer, "OIDC_AUDIENCE", "api", name, value)
	}
	withClerk := func(name, value string) func(*testing.T) string {
		return clerkFromEnv("CLERK_PUBLISHABLE_KEY", testKey, name, value)
	}
	runRows(t, []row{
		{"1", "empty environment, Clerk", clerkFromEnv(), []string{"CLERK_PUBLISHABLE_KEY) is empty", "API keys page of the Clerk dashboard", ".env by itself"}},
		{"2", "empty environment, OIDC", several(fromEnv(), fromEnv("OIDC_ISSUER", issuer), fromEnv("OIDC_AUDIENCE", "api")), []string{
			"OIDC_ISSUER (the issuer whose tokens to accept", " and OIDC_AUDIENCE (the name", "\nauthkeel: OIDC_AUDIENCE (", "\nauthkeel: OIDC_ISSUER (", "must be set"}},
		{"3", "issuer without its slash", logged("", func(is *core.Issuer) { is.URL += "/" }), []string{
			"reason=unknown_issuer", `found="\"ISSUER\""`, `expected="\"ISSUER/\""`, "differ in the slash at the end alone: set Issuer.URL to"}},
		{"4", "issuer with a slash too many", logged("/", func(is *core.Issuer) { is.URL = strings.TrimSuffix(is.URL, "/") }), []string{`found="\"ISSUER/\""`, `expected="\"ISSUER\""`, "differ in the slash at the end alone"}},
		{"5", "address of a document", issuers("https://x.example/.well-known/openid-configuration", "https://x.example/.well-known/jwks.json"), []string{
			`/.well-known/openid-configuration" is the address of a document: write what the document calls "issuer", which is "https://x.example"`,
			`/.well-known/jwks.json" is the address of a document`}},
		{"6", "white space around the issuer", issuers("https://x.example/ ", " https://x.example/"), []string{
			`white space at its end: write "https://x.example/"`, `white space at its beginning: write "https://x.example/"`}},
		{"7", "placeholder as issuer", issuers("https://YOUR_DOMAIN/", "https://<your-tenant>.eu.auth0.com/", "https://your-tenant.example.com/"), []string{
			`"https://YOUR_DOMAIN/" is a placeholder: write your own value`, `"https://<your-tenant>.eu.auth0.com/" is a placeholder`, `"https://your-tenant.example.com/" is a placeholder`}},
		{"8", "issuer without scheme", issuers("tenant.eu.auth0.com"), []string{`ForIssuer: url "tenant.eu.auth0.com"`, "scheme is missing", `write "https://tenant.eu.auth0.com"`}},
		{"9", "issuer with http", several(issuers("http://keycloak:8080/realms/a"), oidc("OIDC_ISSUER", "http://keycloak:8080/realms/a")), []string{
			"ForIssuer: url", "is plain http to another machine", "use https", "jwks.Discover(url, jwks.Options{AllowHTTP: true})", "authkeel: OIDC_ISSUER "}},
		{"10", "issuer with a query, a fragment, a user, ftp", issuers("https://x.example/?x=1", "https://x.example/#a", "https://user:pw@x.example", "ftp://x.example"), []string{
			"holds a query", `write "https://x.example/"`, "holds a fragment", "holds a user name", "remove it", "neither https nor http"}},
		{"11", "variable that was not replaced", issuers("${OIDC_ISSUER}"), []string{`"${OIDC_ISSUER}" is the name of a variable that nothing has replaced: write its value`}},
		{"12", "quotes from a .env", several(issuers(`"https://x.example/"`), oidc("OIDC_ISSUER", `"https://x.example/`)), []string{
			`"\"https://x.example/\"" has quotes in it`, `write "https://x.example/"`, "authkeel: OIDC_ISSUER "}},
		{"13", "no audience", several(configured(func(c *core.Config) { c.Issuers[0].Audiences = nil }), configured(func(c *core.Config) { c.Issuers[0].Audiences = []string{""} })), []string{
			"Issuers[0].Audiences is empty: name this API", "has an empty entry: remove it, or set the variable"}},
		{"14", "blank audience", configured(func(c *core.Config) { c.Issuers[0].Audiences = []string{" "} }), []string{`Audiences[0] " " is empty: write a value`}},
		{"15", "wrong audience", logged("", func(is *core.Issuer) { is.Audiences = []string{"another"} }), []string{
			"reason=wrong_audience", `found="\"https://api.example.test\""`, `expected="\"another\""`, "advice=", "Issuer.Audiences"}},
		{"16", "HS256", oidc("OIDC_ALGORITHMS", "HS256"), []string{`OIDC_ALGORITHMS "HS256" cannot be allowed: HMAC keys can sign as well as verify`, "use ES256"}},
		{"17", "secret key as publishable key", clerkFromEnv("CLERK_PUBLISHABLE_KEY", "sk_test_abc"), []string{"CLERK_PUBLISHABLE_KEY) holds a secret key: put the publishable key here", "replace the secret key"}},
		{"18", "publishable key as secret key", withClerk("CLERK_SECRET_KEY", testKey), []string{"CLERK_SECRET_KEY) holds a publishable key: put the secret key here, it begins with sk_"}},
		{"19", "example not filled in", several(clerkFromEnv("CLERK_PUBLISHABLE_KEY", "pk_test_your_publishable_key_here"), oidc("OIDC_ISSUER", "https://your-tenant.example.com/"), oidc("OIDC_AUDIENCE", "YOUR_API_IDENTIFIER")), []string{
			"CLERK_PUBLISHABLE_KEY) still holds the placeholder of an example: put in the real value", "OIDC_ISSUER ", "OIDC_AUDIENCE ", "is a placeholder: write your own value"}},
		{"20", "test key beside live key", withClerk("CLERK_SECRET_KEY", "sk_live_abc"), []string{"CLERK_SECRET_KEY) is of another instance", "one is a test key, the other a live key"}},
		{"21", "a key that is no PEM", withClerk("CLERK_JWT_KEY", "abc"), []string{"CLERK_JWT_KEY) cannot be used", "-----BEGIN PUBLIC KEY-----"}},
		{"22", "parties that are no origins", several(withClerk("CLERK_AUTHORIZED_PARTIES", "localhost:3000"), withClerk("CLERK_AUTHORIZED_PARTIES", "*"),
			withClerk("CLERK_AUTHORIZED_PARTIES", "http://localhost:3000/"), withClerk("CLERK_AUTHORIZED_PARTIES", "https://app.example.com/path")), []string{
			`CLERK_AUTHORIZED_PARTIES) "localhost:3000" is not an origin`, `write "http://localhost:3000"`, `"*" is not an origin`, `such as "https://app.example.com"`,
			`"http://localhost:3000/" is not an origin`, `"https://app.example.com/path" is not an origin`, `write "https://app.example.com"`}},
		{"23", "no parties", func(t *testing.T) string {
			log := captureLog(t)
			environment(t, "CLERK_PUBLISHABLE_KEY", liveKey)
			if _, err := clerk.NewFromEnv(); err != nil {
				t.Fatal(err)
			}
			return log.String()
		}, []string{"level=WARN", "Config.AuthorizedParties (CLERK_AUTHORIZED_PARTIES) is empty", "name the origins of your front ends"}},
		{"24", "secret key alone", clerkFromEnv("CLERK_SECRET_KEY", "sk_test_abc"), []string{"CLERK_PUBLISHABLE_KEY) is empty: copy it", "which issuer to trust"}},
		{"25", ".env filled in and not loaded", inProject(several(clerkFromEnv(), fromEnv()), ".env", "CLERK_PUBLISHABLE_KEY="+testKey+"\nOIDC_ISSUER=https://x.example\n"), []string{
			"a program does not read .env by itself: load it first, in a shell with `set -a; . ./.env; set +a`"}},
		{"26", "trusted origin with a slash or a path", several(configured(func(c *core.Config) { c.TrustedOrigins = []string{"https://app.example.com/"} }), configured(func(c *core.Config) { c.TrustedOrigins = []string{"https://app.example.com/x"} })), []string{
			`TrustedOrigins[0] "https://app.example.com/" is not an origin as a browser sends it`, `write "https://app.example.com"`}},
		{"27", "forwarding header without proxies", configured(func(c *core.Config) { c.ForwardedHeader = "X-Forwarded-For" }), []string{"TrustedProxies is empty: name the addresses of the proxies that set X-Forwarded-For, or anyone can"}},
		{"28", "claim names that match nothing", several(oidc("OIDC_ROLES_CLAIM", "realm_access."), oidc("OIDC_ROLES_CLAIM", ".."), configured(func(c *core.Config) { c.Issuers[0].Claims.Roles = " roles" })), []string{
			`OIDC_ROLES_CLAIM "realm_access." has an empty part`, `OIDC_ROLES_CLAIM ".." has no name in it: write the name of a claim, such as "realm_access.roles"`,
			`Issuers[0].Claims.Roles " roles" has white space at its beginning: write "roles"`}},
		{"29", "name and path of a claim", configured(func(c *core.Config) {
			c.Issuers[0].Claims = core.ClaimNames{Roles: "roles", RolesPath: []string{"roles"}}
		}), []string{"Claims.Roles and RolesPath are both set: keep one of them"}},
		{"30", "middleware without an Authenticator, a role, an authentication", func(t *testing.T) string {
			log := captureLog(t)
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
			adapter.Serve(core.Require(core.Role("admin")), w, r)
			return fmt.Sprint(panicOf(func() { (*core.Authenticator)(nil).RequireAuth() }), "\n", panicOf(func() { core.Role("") }), "\n", w.Code, "\n", log)
		}, []string{"RequireAuth(nil): handle the error of core.New before mounting", "\n500\n", "level=ERROR", "mount RequireAuth or OptionalAuth on the same router or group"}},
	})
}

// panicOf is what f panics with.
func panicOf(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return "no panic"
}
