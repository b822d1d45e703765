package jwks_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// A fetch that an unknown key ID causes does not send for what is known already;
// a refresh reads the whole set, in case the entity tag lies.
func TestConditionalFetch(t *testing.T) {
	tag := func(s string) http.Header { return http.Header{"Etag": {s}} }
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		one, two := setOf(jwkOf(testEC().Public(), "a")), setOf(jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "b"))
		f.answer(reply{body: one, header: tag(`"1"`)})
		k := key(t, s, "a")
		expect(t, s, "made up", unknown, 0)
		synctest.Wait()
		if e := f.last(); e.Err != "" || e.Changed || e.Keys != 1 {
			t.Errorf("not modified: got %+v", e)
		}
		if !s.Has(k) || s.Health().Failures != 0 {
			t.Errorf("not modified: got %+v", s.Health())
		}
		f.answer(reply{body: two, header: tag(`W/"2"`)})
		expect(t, s, "b", found, 0)
		expect(t, s, "made up 2", unknown, 0)
		time.Sleep(10 * time.Minute)
		expect(t, s, "a", found, 0) // the refresh
		synctest.Wait()
		f.answer(reply{body: two, header: tag(strings.Repeat("x", 257))})
		expect(t, s, "made up 3", unknown, 0) // brings a tag too long to be kept
		expect(t, s, "made up 4", unknown, 0)
		f.answer(reply{body: two})
		time.Sleep(time.Minute)
		expect(t, s, "made up 5", unknown, 0)
		expect(t, s, "made up 6", unknown, 0)
		want := []string{"", `"1"`, `"1"`, `W/"2"`, "", `W/"2"`, "", "", ""}
		if got := strings.Join(f.tags, ","); got != strings.Join(want, ",") {
			t.Errorf("got If-None-Match %q, want %q", f.tags, want)
		}
	})
}

// 304 to a request that named nothing is no answer.
func TestNotModifiedUnasked(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		f.answer(reply{status: http.StatusNotModified})
		expect(t, s, "a", unavailable, 0)
		if h := s.Health(); h.LastError != "status" {
			t.Errorf("got %+v", h)
		}
	})
}

// A set that is still the same prolongs what its headers say, and no more.
func TestNotModifiedAndCacheControl(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		set := setOf(jwkOf(testEC().Public(), "a"))
		f.answer(reply{body: set, header: http.Header{"Etag": {`"1"`}}})
		key(t, s, "a")
		if got := jwks.RefreshAfter(s); got != 10*time.Minute {
			t.Errorf("got refresh after %v", got)
		}
		f.answer(reply{body: set, header: http.Header{"Etag": {`"1"`}, "Cache-Control": {"max-age=60"}}})
		expect(t, s, "made up", unknown, 0)
		if got := jwks.RefreshAfter(s); got > time.Minute {
			t.Errorf("got refresh after %v, want a minute", got)
		}
	})
}

// Discovery asks for the metadata in the same way, and follows it when it changed.
func TestConditionalDiscovery(t *testing.T) {
	w := newInternet(t)
	const issuer = "https://issuer.example"
	pages := map[string]string{"/keys": setOf(jwkOf(testEC().Public(), "a"))}
	for path := range map[string]bool{openIDPath: true, "/keys": true, "/new": true} {
		w.set(issuer+path, func(w http.ResponseWriter, r *http.Request) {
			page := pages[path]
			tag := `"` + path + "-" + string(rune('a'+len(page)%26)) + `"`
			w.Header().Set("ETag", tag)
			if r.Header.Get("If-None-Match") == tag {
				pages[path+" saved"] += "x"
				w.WriteHeader(http.StatusNotModified)
				return
			}
			write(w, []byte(page))
		})
	}
	pages[openIDPath] = `{"issuer":"` + issuer + `","jwks_uri":"` + issuer + `/keys"}`
	s := must(jwks.Discover(issuer, jwks.Options{HTTPClient: w.client()}))
	key(t, s, "a")
	if got, _ := ask(s, "made up"); got != unknown || pages[openIDPath+" saved"] != "x" || pages["/keys saved"] != "x" {
		t.Errorf("got %s, saved %q and %q", got, pages[openIDPath+" saved"], pages["/keys saved"])
	}
	pages["/new"] = setOf(jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "b"))
	pages[openIDPath] = `{"issuer":"` + issuer + `","jwks_uri":"` + issuer + `/new"}`
	if got, _ := ask(s, "b"); got != found {
		t.Errorf("the key set has moved: got %s", got)
	}
}
