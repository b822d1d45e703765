package core_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// TestHealthWithoutTokens: a probe on a real listener, and no token at all.
func TestHealthWithoutTokens(t *testing.T) {
	log := &events{}
	up, down := benchIssuer(t, "ES256"), benchIssuer(t, "ES256")
	down.SetFault(devissuer.Fail(500))
	auth, err := core.New(core.Config{Issuers: []core.Issuer{
		{URL: up.URL(), Audiences: []string{up.Audience()}}, {URL: down.URL(), Audiences: []string{"api"}}}, Observer: log})
	if err != nil {
		t.Fatal(err)
	}
	if got := auth.Issuers(); len(got) != 2 || !slices.IsSorted(got) || !slices.Contains(got, up.URL()) {
		t.Errorf("got issuers %q", got)
	}
	if got := up.Counts(); got.Metadata != 0 {
		t.Errorf("got %+v before the first probe, want no request", got)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := auth.Health()
		if !h.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h)
	}))
	defer server.Close()
	probe := func() (status int, h core.Health) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, h
	}
	// until repeats the probe, as a cluster does.
	until := func(what string, done func(int, core.Health) bool) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			status, h := probe()
			if done(status, h) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: got %d %+v", what, status, h)
			}
		}
	}
	told := false // which may be a moment after Health knows it
	until("one issuer is down, and an event names it", func(status int, h core.Health) bool {
		for _, e := range log.take() {
			failed := e.Kind == core.EventKeys && e.Reason != ""
			if told = told || failed && e.Issuer == down.URL(); failed && e.Issuer != down.URL() {
				t.Errorf("got an event of a failure of %s", e.Issuer)
			}
		}
		ready := map[string]bool{}
		for _, is := range h.Issuers {
			ready[is.URL] = is.Keys.Ready || is.Keys.LastError == ""
		}
		return told && status == 503 && !h.Ready && ready[up.URL()] && !ready[down.URL()]
	})
	down.SetFault(nil)
	until("both are up", func(status int, h core.Health) bool { return status == 200 && h.Ready })
}
