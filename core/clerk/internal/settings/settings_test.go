package settings_test

import (
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/clerk/internal/settings"
)

func TestOrigin(t *testing.T) {
	for _, origin := range []string{
		"https://app.example.com", "http://localhost:3000", "https://app.example.com:8443", "http://127.0.0.1:5173", "http://[::1]:3000",
		"chrome-extension://abcdefghijklmnop", "capacitor://localhost", "https://xn--bcher-kva.example",
	} {
		if err := settings.Origin(origin); err != nil {
			t.Errorf("%s: %v", origin, err)
		}
	}
	for origin, advice := range map[string]string{
		"https://app.example.com/":     `write "https://app.example.com"`,
		"https://app.example.com/app":  `write "https://app.example.com"`,
		"https://App.example.com":      `write "https://app.example.com"`,
		"HTTPS://app.example.com":      `write "https://app.example.com"`,
		"https://app.example.com:443":  `write "https://app.example.com"`,
		"http://localhost:80":          `write "http://localhost"`,
		"https://app.example.com:":     `write "https://app.example.com"`,
		"https://app.example.com?x":    `write "https://app.example.com"`,
		"https://app.example.com#x":    `write "https://app.example.com"`,
		"https://user@app.example.com": `write "https://app.example.com"`,
		"app.example.com":              "not an origin",
		"localhost:3000":               "not an origin",
		"//app.example.com":            "not an origin",
		"https://":                     "not an origin",
		"null":                         "not an origin",
		" https://app.example.com":     "not an origin",
		"*":                            "not an origin",
	} {
		if err := settings.Origin(origin); err == nil || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: got %v, want an error with %s", origin, err, advice)
		}
	}
}

func TestURL(t *testing.T) {
	for _, url := range []string{"https://app.example.com/__clerk", "https://api.clerk.com", "http://127.0.0.1:1/x", "http://[::1]:1", "http://LOCALHOST"} {
		if err := settings.URL(url, false); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "app.example.com", "ftp://x", "https://", "http://example.com", "https://u@x", "https://x?a", "https://x#a", "http://10.0.0.1"} {
		if err := settings.URL(url, false); err == nil {
			t.Errorf("%q is accepted", url)
		}
	}
	if err := settings.URL("http://example.com", true); err != nil {
		t.Errorf("with allowHTTP: %v", err)
	}
}

func TestIsID(t *testing.T) {
	for id, want := range map[string]bool{
		"user_1": true, "user_a_b": true, "user_" + strings.Repeat("a", 128): true,
		"user_": false, "user": false, "": false, "org_1": false, "user_a-b": false, "user_ä": false, "user_" + strings.Repeat("a", 129): false,
	} {
		if got := settings.IsID("user", id); got != want {
			t.Errorf("%.20s: got %v, want %v", id, got, want)
		}
	}
}
