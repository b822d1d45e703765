package trpc_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRouter holds that every request gets JSON and a status that tRPC knows,
// whatever is asked.
func FuzzRouter(f *testing.F) {
	f.Add("greet", true, false, `{"name":"a"}`)
	f.Add("greet,nothing", true, true, `{"0":{"name":"a"},"1":null}`)
	f.Add("open,,", false, true, `{"-1":1,"99999999999999999999":2}`)
	f.Add("optional", false, false, `{"name":`)
	router := api(io.Discard)
	f.Fuzz(func(t *testing.T, path string, post, batch bool, input string) {
		query := url.Values{}
		if batch {
			query.Set("batch", "1")
		}
		method, body := http.MethodPost, input
		if !post {
			method, body = http.MethodGet, ""
			query.Set("input", input)
		}
		req := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
		req.URL = &url.URL{Path: "/trpc/" + path, RawQuery: query.Encode()}
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		router.ServeHTTP(w, req)
		if !json.Valid(w.Body.Bytes()) || w.Code < 200 || w.Code > 504 {
			t.Errorf("got %d with %q", w.Code, w.Body)
		}
	})
}
