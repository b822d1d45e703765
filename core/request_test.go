package core_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authkeel/authkeel/core/adapter"
)

func TestHTTP(t *testing.T) {
	r := httptest.NewRequest(http.MethodPatch, "/a?b=c", nil)
	r.Host, r.RemoteAddr = "api.example.com:8443", "192.0.2.9:1"
	r.Header["X-Two"] = []string{"one", ""}
	r.Header["Host"] = []string{"evil.example"} // a header of that name is not the host asked for
	v := adapter.FromHTTP(r)
	for _, tt := range []struct {
		name string
		i    int
		want string
		ok   bool
	}{
		{"X-Two", 0, "one", true}, {"X-Two", 1, "", true}, {"X-Two", 2, "", false}, {"X-None", 0, "", false},
		{"Host", 0, "api.example.com:8443", true}, {"Host", 1, "", false},
	} {
		if got, ok := v.Header(tt.name, tt.i); ok != tt.ok || ok && got != tt.want {
			t.Errorf("Header(%q, %d): got %q, %v, want %q, %v", tt.name, tt.i, got, ok, tt.want, tt.ok)
		}
	}
	if v.Method() != "PATCH" || v.URL() != "/a?b=c" || v.RemoteAddr() != "192.0.2.9:1" {
		t.Errorf("got %q %q %q", v.Method(), v.URL(), v.RemoteAddr())
	}
	if n := testing.AllocsPerRun(100, func() { v = adapter.FromHTTP(r) }); n != 0 {
		t.Errorf("HTTP: got %v allocations, want 0", n)
	}
}
