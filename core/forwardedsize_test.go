package core_test

import (
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// TestHeaderOfCommas: the memory that a forwarding header takes is no multiple of its
// size, and what the proxy wrote at its end counts all the same.
func TestHeaderOfCommas(t *testing.T) {
	const size = 1 << 20
	for name, header := range map[string][]string{
		"one line":   {strings.Repeat(",", size)},
		"many lines": strings.Split(strings.Repeat(strings.Repeat(",", 40)+"\n", size/40), "\n"),
	} {
		for field, own := range map[string]string{"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"} {
			a := build(t, func(c *core.Config) {
				c.TrustedProxies, c.ForwardedHeader = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, field
			})
			r := request()
			r.RemoteAddr = "10.0.0.1:4711"
			r.Header[field] = append(append([]string(nil), header...), "203.0.113.9, "+own)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := a.ClientAddr(adapter.FromHTTP(r))
			runtime.ReadMemStats(&after)
			if got.String() != "198.51.100.1" {
				t.Errorf("%s of %s: got %v", name, field, got)
			}
			if name == "one line" && after.TotalAlloc-before.TotalAlloc > 64<<10 {
				t.Errorf("%s of %s: got %d bytes for a header of %d", name, field, after.TotalAlloc-before.TotalAlloc, size)
			}
		}
	}
}
