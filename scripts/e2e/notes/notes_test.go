package notes_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/e2e/notes"
)

func start(t *testing.T) *notes.Fixture {
	t.Helper()
	fixture, err := notes.Start("https://app.example.test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fixture.Close(); err != nil {
			t.Error(err)
		}
	})
	return fixture
}

func send(t *testing.T, method, url, token, body string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

func hook(t *testing.T, fixture *notes.Fixture, path string) string {
	t.Helper()
	status, _, text := send(t, http.MethodPost, fixture.Hooks+path, "", "")
	if status >= 300 {
		t.Fatalf("%s: got status %d: %s", path, status, text)
	}
	return text
}

func mint(t *testing.T, fixture *notes.Fixture, query string) string {
	t.Helper()
	var answer struct{ Token string }
	if err := json.Unmarshal([]byte(hook(t, fixture, "/token?"+query)), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Token
}

// TestSameOnAll holds what the clients' cases rely on.
func TestSameOnAll(t *testing.T) {
	fixture := start(t)
	for _, framework := range notes.Frameworks {
		t.Run(framework, func(t *testing.T) {
			api := fixture.APIs[framework]
			member, admin := mint(t, fixture, "sub=user_1&scope=notes:write"), mint(t, fixture, "role=admin")
			for _, row := range []struct {
				method, path, token, body string
				status                    int
				want                      string // part of the body
			}{
				{"GET", "/status", "", "", 200, `"authorization":false`},
				{"GET", "/status", "x", "", 200, `"authorization":true`},
				{"GET", "/greeting", "", "", 200, "hello, stranger"},
				{"GET", "/greeting", member, "", 200, "hello, user_1"},
				{"GET", "/notes", "", "", 401, `"unauthorized"`},
				{"GET", "/notes", mint(t, fixture, "age=60&left=-10"), "", 401, `"invalid_token"`},
				{"GET", "/notes", member, "", 200, "[]"},
				{"POST", "/notes", member, `{"text":"a"}`, 201, `"owner":"user_1"`},
				{"POST", "/notes", member, `{`, 400, ""},
				{"PUT", "/notes/1", member, `{"text":"b"}`, 200, `"text":"b"`},
				{"PUT", "/notes/9", member, `{"text":"b"}`, 404, ""},
				{"PUT", "/notes/1", admin, `{"text":"b"}`, 403, `"insufficient_scope"`},
				{"DELETE", "/notes/1", member, "", 403, `"insufficient_scope"`},
				{"DELETE", "/notes/1", admin, "", 204, ""},
				{"DELETE", "/notes/1", admin, "", 404, ""},
				{"POST", "/uploads", member, "12345", 200, `"bytes":5`},
				{"GET", "/moved", member, "", 307, ""},
				{"POST", "/moved", member, "", 307, ""},
				{"GET", "/away", "", "", 401, ""},
				{"GET", "/away", member, "", 307, ""},
			} {
				status, header, text := send(t, row.method, api+row.path, row.token, row.body)
				if status != row.status || !strings.Contains(text, row.want) {
					t.Errorf("%s %s: got %d and %s, want %d and %s", row.method, row.path, status, text, row.status, row.want)
				}
				if row.path == "/away" && status == 307 && header.Get("Location") != fixture.Elsewhere+"/taken" {
					t.Errorf("/away leads to %s, want another origin", header.Get("Location"))
				}
			}
		})
	}
}

// TestHooks holds that each test hook makes the trouble that it is for.
func TestHooks(t *testing.T) {
	fixture := start(t)
	for _, framework := range notes.Frameworks {
		t.Run(framework, func(t *testing.T) {
			api := fixture.APIs[framework]
			token := mint(t, fixture, "")
			hook(t, fixture, "/counts")
			expect := func(what string, want int, method, path, token string) http.Header {
				t.Helper()
				status, header, text := send(t, method, api+path, token, "")
				if status != want {
					t.Errorf("%s: got status %d, want %d: %s", what, status, want, text)
				}
				return header
			}
			expect("before", 200, "GET", "/notes", token)
			hook(t, fixture, "/rotate")
			expect("after a rotation", 401, "GET", "/notes", token)
			token = mint(t, fixture, "")
			expect("with the new key", 200, "GET", "/notes", token)

			hook(t, fixture, "/outage?on=true")
			if h := expect("in an outage", 503, "DELETE", "/notes/1", token); h.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			hook(t, fixture, "/outage?on=false")
			expect("after it", 403, "DELETE", "/notes/1", token)

			hook(t, fixture, "/throttle?on=true")
			if h := expect("throttled", 429, "GET", "/notes", mint(t, fixture, "")); h.Get("Retry-After") != "7" {
				t.Errorf("got Retry-After %q, want 7", h.Get("Retry-After"))
			}
			hook(t, fixture, "/throttle?on=false")
			expect("after it", 200, "GET", "/notes", mint(t, fixture, ""))

			want := `{"200":3,"401":1,"403":1,"429":1,"503":1}`
			if got := strings.TrimSpace(hook(t, fixture, "/counts")); got != want {
				t.Errorf("got the counts %s, want %s", got, want)
			}
		})
	}
}

// TestPreflight lets the page in and nobody else.
func TestPreflight(t *testing.T) {
	fixture := start(t)
	for _, framework := range notes.Frameworks {
		for origin, want := range map[string]string{"https://app.example.test": "https://app.example.test", "https://other.example.test": ""} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, fixture.APIs[framework]+"/notes/1", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "DELETE")
			r.Header.Set("Access-Control-Request-Headers", "authorization")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if got := response.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s: got %q for %s, want %q", framework, got, origin, want)
			}
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
