package webhook_test

import (
	"errors"
	"fmt"
	"strconv"
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
		{"bits that count for nothing", secrets("whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmd"), "Secrets[0]"},
		{"a space before", secrets(" " + secret), "Secrets[0]"},
		{"a line break behind", secrets(secret + "\n"), "Secrets[0]"},
		{"a public key", secrets("whpk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYAQIDBAUGBwg="), "asymmetric"},
		{"tolerance", with(func(c *webhook.VerifierConfig) { c.Tolerance = time.Hour }), ""},
		{"negative tolerance", with(func(c *webhook.VerifierConfig) { c.Tolerance = -1 }), "Tolerance"},
		{"hardly a tolerance", with(func(c *webhook.VerifierConfig) { c.Tolerance = time.Millisecond }), "Tolerance"},
		{"too much tolerance", with(func(c *webhook.VerifierConfig) { c.Tolerance = time.Hour + 1 }), "Tolerance"},
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

func TestVerifierFromEnv(t *testing.T) {
	ts := strconv.Itoa(int(time.Now().Unix()))
	tests := []struct {
		name, newer, older string
		accepts            []string
		refuses            []string
	}{
		{"newer name", secret, "", []string{secret}, []string{another}},
		{"older name", "", another, []string{another}, []string{secret}},
		{"both", secret, another, []string{secret}, []string{another}},
		{"two in one, comma", secret + "," + another, "", []string{secret, another}, nil},
		{"two in one, spaces", " " + secret + "  " + another + "\n", "", []string{secret, another}, nil},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(webhook.EnvSecret, c.newer)
			t.Setenv(webhook.EnvSecretOlder, c.older)
			v, err := webhook.VerifierFromEnv()
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.accepts {
				if _, err := v.Verify(header("svix", "m", ts, sign(s, "m", ts, "{}")), []byte("{}")); err != nil {
					t.Errorf("a secret that is set: %v", err)
				}
			}
			for _, s := range c.refuses {
				if _, err := v.Verify(header("svix", "m", ts, sign(s, "m", ts, "{}")), []byte("{}")); !errors.Is(err, webhook.ErrSignature) {
					t.Errorf("a secret that does not count: %v, want ErrSignature", err)
				}
			}
		})
	}
	for _, value := range []string{"", " ", ",", "whsec_", "whsec_c2hvcnQ="} {
		t.Setenv(webhook.EnvSecret, value)
		t.Setenv(webhook.EnvSecretOlder, "")
		if _, err := webhook.VerifierFromEnv(); err == nil || !strings.Contains(err.Error(), webhook.EnvSecret) {
			t.Errorf("VerifierFromEnv with %q: %v, want an error that names the variable", value, err)
		}
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
