package movingover

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clerk/clerk-sdk-go/v2"
	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
	clerkjwks "github.com/clerk/clerk-sdk-go/v2/jwks"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

type call func(*http.Request) (*http.Response, error)

func served(h http.Handler) call {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

func app(a *fiber.App) call {
	return func(r *http.Request) (*http.Response, error) { return a.Test(r, -1) }
}

func ask(t *testing.T, c call, token string) (status int, body string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/me", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestBeforeAndAfter sends the same tokens to the same API before and after the move.
// Where the two differ, the page says so.
func TestBeforeAndAfter(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	key := issuer.Key("ES256").Private.Public()
	onGin, err := ginBefore(key)
	if err != nil {
		t.Fatal(err)
	}
	onAuth0, err := auth0Before(issuer.URL(), issuer.Audience())
	if err != nil {
		t.Fatal(err)
	}
	forger := authtest.NewIssuer(t)
	forger.AddSigningKey(devissuer.NewKey(issuer.Key("ES256").ID, "ES256")) // another key of the same name
	forged := forger.Token(devissuer.Claims{"iss": issuer.URL()})
	tokens := map[string]string{
		"good": issuer.Token(nil), "none": "", "expired": issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()}),
		"forged":           forged,
		"another audience": issuer.Token(devissuer.Claims{"aud": "another"}), "another issuer": issuer.Token(devissuer.Claims{"iss": "https://another.example"}),
		"no expiry": issuer.Token(devissuer.Claims{"exp": nil}),
	}
	for name, row := range map[string]struct {
		before, after call
		want          map[string]int // of before, where it is not that of after
	}{
		"gin-jwt":             {served(onGin), served(ginAfter(auth)), map[string]int{"another audience": 200, "another issuer": 200, "no expiry": 400}},
		"echo-jwt":            {served(echoBefore(key)), served(echoAfter(auth)), map[string]int{"another audience": 200, "another issuer": 200, "no expiry": 200}},
		"gofiber/contrib/jwt": {app(fiberBefore(issuer.JWKSURL())), app(fiberAfter(auth)), map[string]int{"none": 400, "another audience": 200, "another issuer": 200, "no expiry": 200}},
		"jwtauth":             {served(jwtauthBefore(key, issuer.URL(), issuer.Audience())), served(chiAfter(auth)), map[string]int{"no expiry": 200}},
		"go-jwt-middleware":   {served(onAuth0), served(chiAfter(auth)), map[string]int{"none": 400, "no expiry": 200}},
	} {
		for kind, token := range tokens {
			want := http.StatusUnauthorized
			if kind == "good" {
				want = http.StatusOK
			}
			status, body := ask(t, row.after, token)
			if status != want || kind == "good" && body != "user_1" {
				t.Errorf("%s, after, %s: got %d %s, want %d", name, kind, status, body, want)
			}
			if other, ok := row.want[kind]; ok {
				want = other
			}
			if status, old := ask(t, row.before, token); status != want || want == 200 && old != "user_1" {
				t.Errorf("%s, before, %s: got %d %s, want %d", name, kind, status, old, want)
			}
		}
	}
}

func TestClerk(t *testing.T) {
	instance := authtest.NewClerk(t)
	config := &clerk.ClientConfig{}
	config.URL, config.Key = clerk.String(instance.Env()["CLERK_API_URL"]+"/v1"), clerk.String(instance.SecretKey())
	before := served(clerkBefore(instance.AuthorizedParty(), clerkhttp.JWKSClient(clerkjwks.NewClient(config)), clerkhttp.ProxyURL(instance.ProxyURL())))
	after := served(chiAfter(authtest.NewClerkAuthenticator(t, instance)))
	for name, row := range map[string]struct {
		token         string
		before, after int
	}{
		"good":          {instance.Token(devclerk.Admin(), nil), 200, 200},
		"none":          {"", 403, 401},
		"expired":       {instance.Token(devclerk.Admin(), devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()}), 401, 401},
		"another party": {instance.Token(devclerk.Admin(), devissuer.Claims{"azp": "https://evil.example"}), 401, 401},
		"pending":       {instance.Token(devclerk.Pending(), nil), 200, 401},
	} {
		oldStatus, old := ask(t, before, row.token)
		status, body := ask(t, after, row.token)
		if oldStatus != row.before || status != row.after || status == 200 && old != body {
			t.Errorf("%s: got %d before and %d after, want %d and %d; %s %s", name, oldStatus, status, row.before, row.after, old, body)
		}
	}
}

// TestREADME: the code that the page shows is the code that runs here.
func TestREADME(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range []string{"gin.go", "echo.go", "fiber.go", "chi.go", "secret.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 12 {
		t.Errorf("the page has %d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(code.String(), strings.TrimSuffix(block[1], "\n")) {
			t.Errorf("the page shows code that is not here:\n%s", block[1])
		}
	}
}
