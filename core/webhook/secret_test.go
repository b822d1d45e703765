package webhook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/webhook"
)

func TestNewVerifierRefuses(t *testing.T) {
	valid := webhook.VerifierConfig{Secrets: []string{secret}}
	with := func(change func(*webhook.VerifierConfig)) webhook.VerifierConfig {
		cfg := valid
		change(&cfg)
		return cfg
	}
	secrets := func(s ...string) webhook.VerifierConfig { return webhook.VerifierConfig{Secrets: s} }
	tests := []struct {
		name  string
		cfg   webhook.VerifierConfig
		names string // in the error; "" is no error
	}{
		{"valid", valid, ""},
		{"without the prefix", secrets(strings.TrimPrefix(secret, "whsec_")), ""},
		{"without padding", secrets(strings.TrimRight(another, "=")), ""},
		{"eight", secrets(strings.Fields(strings.Repeat(secret+" ", 8))...), ""},
		{"none", secrets(), "Secrets"},
		{"nine", secrets(strings.Fields(strings.Repeat(secret+" ", 9))...), "Secrets"},
		{"empty", secrets(""), "Secrets[0]"},
		{"one empty", secrets(secret, ""), "Secrets[1]"},
		{"prefix alone", secrets("whsec_"), "Secrets[0]"},
		{"prefix twice", secrets("whsec_" + secret), "Secrets[0]"},
		{"23 bytes", secrets("whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhc="), "Secrets[0]"},
		{"16 bytes", secrets("whsec_AQIDBAUGBwgJCgsMDQ4PEA=="), "Secrets[0]"},
		{"not base64", secrets("whsec_" + strings.Repeat("!", 40)), "Secrets[0]"},
		{"base64 for URLs", secrets("whsec_-_-_BAUGBwgJCgsMDQ4PEBESExQVFhcY"), "Secrets[0]"},
		{"unused bits that are not zero", secrets("whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmd"), "Secrets[0]"},
		{"a space before", secrets(" " + secret), "Secrets[0]"},
		{"a line break after", secrets(secret + "\n"), "Secrets[0]"},
		{"a public key", secrets("whpk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYAQIDBAUGBwg="), "asymmetric"},
		{"tolerance", with(func(c *webhook.VerifierConfig) { c.Tolerance = time.Hour }), ""},
		{"negative tolerance", with(func(c *webhook.VerifierConfig) { c.Tolerance = -1 }), "Tolerance"},
		{"tolerance below a second", with(func(c *webhook.VerifierConfig) { c.Tolerance = time.Millisecond }), "Tolerance"},
		{"tolerance above an hour", with(func(c *webhook.VerifierConfig) { c.Tolerance = time.Hour + 1 }), "Tolerance"},
		{"negative body", with(func(c *webhook.VerifierConfig) { c.MaxBody = -1 }), "MaxBody"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			v, err := webhook.NewVerifier(c.cfg)
			if (err == nil) != (c.names == "") || (v != nil) != (err == nil) {
				t.Fatalf("NewVerifier: %v, want an error: %v", err, c.names != "")
			}
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), c.names) {
				t.Errorf("NewVerifier: %v, which does not name %s", err, c.names)
			}
			for _, s := range c.cfg.Secrets {
				if text := strings.ReplaceAll(strings.TrimSpace(s), "whsec_", ""); len(text) > 6 && strings.Contains(err.Error(), text[:6]) {
					t.Errorf("NewVerifier: %v, which holds a part of the secret", err)
				}
			}
		})
	}
}

func TestVerifierPrintsNoSecret(t *testing.T) {
	v := newVerifier(t, now, secret)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(format, v)
		if strings.Contains(text, "AQIDBAUG") || strings.Contains(text, "1 2 3 4 5") || strings.Contains(text, "0x1, 0x2, 0x3") {
			t.Errorf("%s prints the secret", format)
		}
	}
}
