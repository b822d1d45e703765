package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// Limits of secrets. Standard Webhooks asks for 24 random bytes at least.
const (
	minSecretBytes = 24
	maxSecrets     = 8
)

// key starts the MAC of one secret. The secret is inside the closure, so that
// printing a Verifier with fmt does not show it.
type key func() hash.Hash

func parseSecrets(secrets []string) ([]key, error) {
	if len(secrets) == 0 {
		return nil, errors.New("webhook: VerifierConfig.Secrets is empty: copy the signing secret of the endpoint from the sender's dashboard")
	}
	if len(secrets) > maxSecrets {
		return nil, fmt.Errorf("webhook: VerifierConfig.Secrets has %d entries: %d is the most", len(secrets), maxSecrets)
	}
	keys := make([]key, len(secrets))
	for i, s := range secrets {
		k, err := parseSecret(s)
		if err != nil {
			return nil, fmt.Errorf("webhook: VerifierConfig.Secrets[%d] %w", i, err)
		}
		keys[i] = k
	}
	return keys, nil
}

// parseSecret reads `whsec_` and base64. Its errors contain nothing of the text.
func parseSecret(s string) (key, error) {
	if s == "" {
		return nil, errors.New("is empty")
	}
	if strings.HasPrefix(s, "whpk_") || strings.HasPrefix(s, "whsk_") {
		return nil, errors.New("is an asymmetric key; only symmetric secrets (whsec_…) are supported")
	}
	text := strings.TrimPrefix(s, "whsec_")
	// Padding is lost in some copies, and the secret is unambiguous without it.
	text = strings.TrimRight(text, "=")
	if strings.ContainsAny(text, "\r\n") { // which the decoder would skip
		return nil, errors.New("has a line break in it")
	}
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errors.New("is not `whsec_` and standard base64")
	}
	if len(b) < minSecretBytes {
		return nil, fmt.Errorf("has %d bytes: it must have at least %d", len(b), minSecretBytes)
	}
	return func() hash.Hash { return hmac.New(sha256.New, b) }, nil
}
