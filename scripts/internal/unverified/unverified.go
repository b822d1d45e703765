// Package unverified reads the parts of a JWT without checking its signature. What
// it returns may be shown or be changed for a test; nothing may be decided by it.
package unverified

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Header returns the header of a JWT in compact form (RFC 7515 section 7.1), or nil
// when token is not one.
func Header(token string) map[string]any { return part(token, 0) }

// Claims returns the claims of a JWT in compact form, or nil when token is not one.
func Claims(token string) map[string]any { return part(token, 1) }

func part(token string, i int) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		return nil
	}
	var object map[string]any
	if json.Unmarshal(text, &object) != nil {
		return nil
	}
	return object
}
