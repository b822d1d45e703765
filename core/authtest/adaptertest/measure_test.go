package adaptertest_test

import (
	"net/http"
	"testing"

	"github.com/authkeel/authkeel/core/authtest/adaptertest"
)

func TestInProcessHTTPServesTheSameRequestAgain(t *testing.T) {
	var paths, values []string
	serve := adaptertest.InProcessHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths, values = append(paths, r.URL.Path), append(values, r.Header.Get("Authorization"))
		if w.Header().Get("X-Before") != "" {
			t.Error("a header of the request before is still there")
		}
		w.Header().Set("X-Before", "1")
		w.WriteHeader(200 + len(paths))
	}), "/api/me", "Bearer x")
	for _, want := range []int{201, 202} {
		if got := serve(); got != want {
			t.Errorf("got status %d, want %d", got, want)
		}
	}
	for i := range paths {
		if paths[i] != "/api/me" || values[i] != "Bearer x" {
			t.Errorf("got %s with Authorization %q, want /api/me with Bearer x", paths[i], values[i])
		}
	}
}
