package trpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/e2e/trpc"
)

type greeting struct {
	Name string `json:"name"`
}

func (g *greeting) Validate() error {
	if g.Name == "" {
		return errors.New("name is empty")
	}
	return nil
}

// api is a router with a procedure for each thing that can happen.
func api(log io.Writer) *trpc.Router {
	r := trpc.NewRouter(trpc.Options{MaxBodyBytes: 256, MaxCalls: 3, Log: slog.New(slog.NewTextHandler(log, nil))})
	fails := func(err error) func(context.Context, trpc.None) (string, error) {
		return func(context.Context, trpc.None) (string, error) { return "", err }
	}
	trpc.Query(r, "open", fails(nil))
	trpc.Query(r, "me", func(ctx context.Context, _ trpc.None) (string, error) {
		id, _ := core.IdentityFrom(ctx)
		return id.Subject(), nil
	}, trpc.SignedIn)
	trpc.Query(r, "optional", func(_ context.Context, in *greeting) (bool, error) { return in != nil, nil })
	trpc.Mutation(r, "greet", func(_ context.Context, in greeting) (string, error) { return "hello " + in.Name, nil })
	trpc.Mutation(r, "nothing", func(context.Context, trpc.None) (trpc.None, error) { return trpc.None{}, nil })
	trpc.Query(r, "admin", fails(nil), core.Role("admin"))
	trpc.Query(r, "scoped", fails(nil), core.Scope("notes:read"))
	trpc.Query(r, "down", fails(nil), func(context.Context, *core.Identity) error { return errors.New("the database is away") })
	trpc.Query(r, "conflict", fails(&trpc.Error{Code: trpc.Conflict, Message: "taken"}))
	trpc.Query(r, "odd", fails(&trpc.Error{Code: "NO_SUCH_CODE", Message: "odd"}))
	trpc.Query(r, "secret", fails(errors.New("password is hunter2")))
	trpc.Query(r, "late", fails(fmt.Errorf("query: %w", context.DeadlineExceeded)))
	trpc.Query(r, "panic", func(context.Context, trpc.None) (string, error) { panic("hunter2") })
	trpc.Query(r, "infinite", func(context.Context, trpc.None) (func(), error) { return func() {}, nil })
	return r
}

func serve(t *testing.T, log io.Writer) (string, *devissuer.Issuer) {
	t.Helper()
	issuer := authtest.NewIssuer(t, "ES256")
	router := chi.NewRouter()
	router.With(chiauth.OptionalAuth(authtest.NewAuthenticator(t, issuer))).Handle("/trpc/{path}", api(log))
	router.Handle("/bare/{path}", api(log))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server.URL, issuer
}

func call(t *testing.T, method, url, token, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func input(path, json string) string { return path + "?input=" + url.QueryEscape(json) }
func batch(path, json string) string { return path + "?batch=1&input=" + url.QueryEscape(json) }

func TestCalls(t *testing.T) {
	var log strings.Builder
	base, issuer := serve(t, &log)
	ada, admin := issuer.Token(devissuer.Claims{"sub": "ada"}), issuer.Token(devissuer.Claims{"roles": []string{"admin"}})
	unknown := `{"error":{"code":-32004,"data":{"code":"NOT_FOUND","httpStatus":404,"path":"nope"},"message":"there is no such procedure"}}`
	for _, tt := range []struct {
		name, method, path, token, body string
		status                          int
		want                            string // the whole body when it ends in } or }], else a part
	}{
		{"query", "GET", "open", "", "", 200, `{"result":{"data":""}}`},
		{"with null", "GET", input("open", "null"), "", "", 200, `{"result":{"data":""}}`},
		{"with nothing in it", "GET", input("open", "{}"), "", "", 200, `{"result":{"data":""}}`},
		{"with an input it does not take", "GET", input("open", `{"a":1}`), "", "", 400, "BAD_REQUEST"},
		{"optional input, absent", "GET", "optional", "", "", 200, `{"result":{"data":false}}`},
		{"optional input, there", "GET", input("optional", `{"name":"a"}`), "", "", 200, `{"result":{"data":true}}`},
		{"optional input, not valid", "GET", input("optional", `{}`), "", "", 400, "name is empty"},
		{"identity", "GET", "me", ada, "", 200, `{"result":{"data":"ada"}}`},
		{"mutation", "POST", "greet", "", `{"name":"Ada"}`, 200, `{"result":{"data":"hello Ada"}}`},
		{"mutation without result", "POST", "nothing", "", "", 200, `{"result":{"data":null}}`},
		{"unknown", "GET", "nope", "", "", 404, unknown},
		{"no path", "GET", "%2F", "", "", 404, "NOT_FOUND"},
		{"query by POST", "POST", "open", "", "{}", 405, "METHOD_NOT_SUPPORTED"},
		{"mutation by GET", "GET", "greet", "", "", 405, "METHOD_NOT_SUPPORTED"},
		{"another method", "DELETE", "open", "", "", 405, "METHOD_NOT_SUPPORTED"},
		{"not JSON", "POST", "greet", "", `{"name"`, 400, "BAD_REQUEST"},
		{"of another type", "POST", "greet", "", `{"name":1}`, 400, "BAD_REQUEST"},
		{"unknown member", "POST", "greet", "", `{"name":"a","nam":"b"}`, 400, "BAD_REQUEST"},
		{"something behind", "POST", "greet", "", `{"name":"a"} {}`, 400, "something behind"},
		{"no input", "POST", "greet", "", ``, 400, "takes an input"},
		{"not valid", "POST", "greet", "", `{"name":""}`, 400, "name is empty"},
		{"too large", "POST", "greet", "", `{"name":"` + strings.Repeat("a", 256) + `"}`, 413, "PAYLOAD_TOO_LARGE"},
		{"anonymous", "GET", "me", "", "", 401, `"code":-32001`},
		{"role", "GET", "admin", admin, "", 200, `{"result":{"data":""}}`},
		{"no role", "GET", "admin", ada, "", 403, `"code":-32003`},
		{"no scope", "GET", "scoped", ada, "", 403, `"scope":"notes:read"`},
		{"outage", "GET", "down", ada, "", 503, `"retryAfter":5`},
		{"own error", "GET", "conflict", "", "", 409, `"message":"taken"`},
		{"own error of no code", "GET", "odd", "", "", 500, "INTERNAL_SERVER_ERROR"},
		{"too late", "GET", "late", "", "", 408, "TIMEOUT"},
		{"error", "GET", "secret", "", "", 500, "the procedure failed"},
		{"panic", "GET", "panic", "", "", 500, "the procedure failed"},
		{"no JSON comes out", "GET", "infinite", "", "", 500, "the procedure failed"},
		{"batch", "GET", batch("optional,open", `{"0":{"name":"a"}}`), "", "", 200, `[{"result":{"data":true}},{"result":{"data":""}}]`},
		{"batch of one", "GET", batch("open", `{}`), "", "", 200, `[{"result":{"data":""}}]`},
		{"batch by POST", "POST", "greet,nothing?batch=1", "", `{"0":{"name":"a"}}`, 200, `[{"result":{"data":"hello a"}},{"result":{"data":null}}]`},
		{"mixed batch", "GET", batch("nope,open", `{}`), "", "", 207, `[` + unknown + `,{"result":{"data":""}}]`},
		{"batch of equal failures", "GET", batch("admin,scoped", `{}`), ada, "", 403, `"path":"scoped"`},
		{"a panic spares the others", "GET", batch("panic,open", `{}`), "", "", 207, `,{"result":{"data":""`},
		{"batch too long", "GET", batch("open,open,open,open", `{}`), "", "", 400, `{"error":`},
		{"batch of other inputs", "GET", batch("open,open", `[1,2]`), "", "", 400, "PARSE_ERROR"},
		{"comma without batch", "GET", "open,open", "", "", 404, "NOT_FOUND"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, got := call(t, tt.method, base+"/trpc/"+tt.path, tt.token, tt.body)
			if res.StatusCode != tt.status {
				t.Errorf("got status %d, want %d", res.StatusCode, tt.status)
			}
			if whole := strings.HasSuffix(tt.want, "}") || strings.HasSuffix(tt.want, "}]"); whole && got != tt.want || !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if !json.Valid([]byte(got)) || res.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %s as %q, want JSON", got, res.Header.Get("Content-Type"))
			}
			if strings.Contains(got, "hunter2") || strings.Contains(got, "database") {
				t.Errorf("the client reads %s", got)
			}
		})
	}
	if got := strings.Count(log.String(), "hunter2"); got < 2 {
		t.Errorf("the log has %d of the 2 errors that clients do not see:\n%s", got, log.String())
	}
}

func TestHeaders(t *testing.T) {
	base, issuer := serve(t, io.Discard)
	for _, tt := range []struct {
		name, method, path string
		header             []string
		status             int
		challenge, retry   string
	}{
		{"refusal", "GET", "/trpc/scoped", nil, 403, `Bearer error="insufficient_scope", scope="notes:read"`, ""},
		{"refusals that agree", "GET", "/trpc/down,down?batch=1", nil, 503, "", "5"},
		{"refusals that do not", "GET", "/trpc/scoped,open?batch=1", nil, 207, "", ""},
		{"HEAD", "HEAD", "/trpc/open", nil, 204, "", ""},
		{"a form", "POST", "/trpc/nothing", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "", ""},
		{"a stream", "GET", "/trpc/open?batch=1", []string{"Trpc-Accept", "application/jsonl"}, 415, "", ""},
		{"no adapter in front", "GET", "/bare/me", nil, 500, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, _ := call(t, tt.method, base+tt.path, issuer.Token(nil), "", tt.header...)
			if res.StatusCode != tt.status {
				t.Errorf("got status %d, want %d", res.StatusCode, tt.status)
			}
			if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, tt.challenge) || got != "" && tt.challenge == "" {
				t.Errorf("got the challenge %q, want %q", got, tt.challenge)
			}
			if got := res.Header.Get("Retry-After"); got != tt.retry {
				t.Errorf("got Retry-After %q, want %q", got, tt.retry)
			}
			if got := res.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("got Cache-Control %q, want no-store", got)
			}
		})
	}
}

func TestPathsThatCannotBe(t *testing.T) {
	for _, path := range []string{"", "a,b", "a/b", "a b", "twice"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a procedure %q was taken", path)
				}
			}()
			r := trpc.NewRouter(trpc.Options{})
			none := func(context.Context, trpc.None) (trpc.None, error) { return trpc.None{}, nil }
			trpc.Query(r, "twice", none)
			trpc.Query(r, path, none)
		}()
	}
}
