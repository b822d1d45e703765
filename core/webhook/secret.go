package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"os"
	"strings"
)

// The environment variables of [VerifierFromEnv], the one that Clerk documents
// and the one of its older guides.
const (
	EnvSecret      = "CLERK_WEBHOOK_SIGNING_SECRET"
	EnvSecretOlder = "CLERK_WEBHOOK_SECRET"
)

// Limits of secrets. Standard Webhooks asks for 24 random bytes at least.
const (
	minSecretBytes = 24
	maxSecrets     = 8
)

// key starts the MAC of one secret. The secret is inside the closure, where fmt
// does not find it when somebody prints a Verifier.
type key func() hash.Hash

func parseSecrets(secrets []string) ([]key, error) {
	if len(secrets) == 0 {
		return nil, errors.New("webhook: Secrets is empty; copy the signing secret of the endpoint from the sender's dashboard")
	}
	if len(secrets) > maxSecrets {
		return nil, fmt.Errorf("webhook: Secrets has %d entries; at most %d", len(secrets), maxSecrets)
	}
	keys := make([]key, len(secrets))
	for i, s := range secrets {
		k, err := parseSecret(s)
		if err != nil {
			return nil, fmt.Errorf("webhook: Secrets[%d] %w", i, err)
		}
		keys[i] = k
	}
	return keys, nil
}

// parseSecret reads `whsec_` and base64. Its errors say nothing of the text.
func parseSecret(s string) (key, error) {
	if s == "" {
		return nil, errors.New("is empty")
	}
	if strings.HasPrefix(s, "whpk_") || strings.HasPrefix(s, "whsk_") {
		return nil, errors.New("is an asymmetric key; only symmetric secrets (whsec_…) are supported")
	}
	text := strings.TrimPrefix(s, "whsec_")
	// Padding is lost in some copies, and nothing can be mistaken without it.
	text = strings.TrimRight(text, "=")
	if strings.ContainsAny(text, "\r\n") { // which the decoder would skip
		return nil, errors.New("has a line break in it")
	}
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errors.New("is not `whsec_` and standard base64")
	}
	if len(b) < minSecretBytes {
		return nil, fmt.Errorf("has %d bytes; a secret has %d at least", len(b), minSecretBytes)
	}
	return func() hash.Hash { return hmac.New(sha256.New, b) }, nil
}

// VerifierFromEnv is [NewVerifier] with the secrets in
// CLERK_WEBHOOK_SIGNING_SECRET or, when that is unset or empty, in
// CLERK_WEBHOOK_SECRET. While a secret is being replaced the variable may hold
// the new and the old one, separated by a comma or a space. It returns an error
// when neither is set.
func VerifierFromEnv() (*Verifier, error) {
	for _, name := range []string{EnvSecret, EnvSecretOlder} {
		secrets := strings.FieldsFunc(os.Getenv(name), func(r rune) bool {
			return r == ',' || r == ' ' || r == '\t' || r == '\r' || r == '\n'
		})
		if len(secrets) == 0 {
			continue
		}
		v, err := NewVerifier(VerifierConfig{Secrets: secrets})
		if err != nil {
			return nil, fmt.Errorf("%w (from %s)", err, name)
		}
		return v, nil
	}
	return nil, fmt.Errorf("webhook: %s is not set (%s, its older name, neither)", EnvSecret, EnvSecretOlder)
}
