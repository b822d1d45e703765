package devissuer_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

func TestParseKey(t *testing.T) {
	for _, alg := range []string{"RS256", "PS384", "ES256", "ES512", "EdDSA"} {
		k := devissuer.NewKey("k1", alg)
		again, err := devissuer.ParseKey("k1", alg, k.PrivatePEM())
		if err != nil || string(again.PEM()) != string(k.PEM()) || again.ID != "k1" || again.Algorithm != alg {
			t.Errorf("%s: got %+v, %v", alg, again, err)
		}
	}
	ec := devissuer.NewKey("k1", "ES256").PrivatePEM()
	for name, row := range map[string]struct {
		alg, text string
	}{
		"another algorithm": {"RS256", string(ec)}, "another curve": {"ES384", string(ec)}, "no algorithm": {"ES", string(ec)},
		"no PEM": {"ES256", "x"}, "a public key": {"ES256", string(devissuer.NewKey("k", "ES256").PEM())},
	} {
		if k, err := devissuer.ParseKey("k1", row.alg, []byte(row.text)); err == nil {
			t.Errorf("%s: got %+v", name, k)
		}
	}
}

// TestHandler: the paths that are not the issuer's.
func TestHandler(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") })
	i := start(t, devissuer.Options{Algorithms: []string{"ES256"}, URL: "/tenant", Handler: pages})
	for path, page := range map[string]bool{"/": true, "/v1/users/user_ada": true, "/.well-known/jwks.json": false, "/tenant/.well-known/jwks.json": false} {
		if _, body := mustGet(t, "http://"+i.Addr()+path); (string(body) == "a page") != page {
			t.Errorf("%s: got %.40s", path, body)
		}
	}
}

// TestJWKSHandler: the key set at a second path, with its count and its fault.
func TestJWKSHandler(t *testing.T) {
	var i *devissuer.Issuer
	second := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { i.JWKSHandler().ServeHTTP(w, r) })
	i = start(t, devissuer.Options{Algorithms: []string{"ES256"}, Handler: second})
	if got := kids(t, "http://"+i.Addr()+"/v1/jwks"); len(got) != 1 || got[0] != i.Key("ES256").ID {
		t.Errorf("got the keys %v", got)
	}
	i.SetJWKSFault(devissuer.Fail(500))
	if res, _ := mustGet(t, "http://"+i.Addr()+"/v1/jwks"); res.StatusCode != 500 {
		t.Errorf("with a fault: got %d", res.StatusCode)
	}
	if n := i.Counts().JWKS; n != 2 {
		t.Errorf("counted %d, want 2", n)
	}
}

func TestNewKeyID(t *testing.T) {
	n := 0
	i := start(t, devissuer.Options{Algorithms: []string{"ES256"}, NewKeyID: func(alg string) string { n++; return fmt.Sprintf("%s_%d", alg, n) }})
	i.Rotate("ES256")
	if got := kids(t, i.JWKSURL()); len(got) != 2 || got[0] != "ES256_1" || got[1] != "ES256_2" {
		t.Errorf("got the keys %v", got)
	}
}

// TestFaultHandler: faults of a handler beside the issuer's documents, which end
// with the issuer.
func TestFaultHandler(t *testing.T) {
	h := devissuer.NewFaultHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(201)
		_, _ = w.Write(append([]byte("echo "), body...))
	}))
	i := start(t, devissuer.Options{Algorithms: []string{"ES256"}, Handler: h})
	post := func() (int, string, error) {
		res, err := client(t).Post("http://"+i.Addr()+"/v1/x", "text/plain", strings.NewReader("text"))
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.StatusCode, string(body), err
	}
	if status, body, err := post(); status != 201 || body != "echo text" || err != nil {
		t.Errorf("got %d %q, %v", status, body, err)
	}
	h.SetFault(&devissuer.Fault{Status: 503, Times: 1})
	for _, want := range []int{503, 201} {
		if status, _, err := post(); status != want || err != nil {
			t.Errorf("got %d, %v, want %d", status, err, want)
		}
	}
	if n := h.Count(); n != 3 {
		t.Errorf("counted %d, want 3", n)
	}
	h.SetFault(devissuer.Hang())
	waiting := make(chan struct{})
	i.OnRequest(func(string) { close(waiting) })
	failed := make(chan error, 1)
	go func() {
		_, _, err := post()
		failed <- err
	}()
	<-waiting
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("a request that hangs was answered when the issuer closed")
	}
}
