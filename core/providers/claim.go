package providers

import (
	"encoding/json"
	"fmt"

	"github.com/authkeel/authkeel/core"
)

// text returns a claim that is a string, or "".
func text(t core.Token, claim string) string {
	var s string
	if json.Unmarshal(t.Claim(claim), &s) != nil {
		return ""
	}
	return s
}

// tokenKind returns a check for Issuer.MapClaims: the claim that says of which
// kind a token is must be one of kinds. Without the claim a token passes only if
// optional.
func tokenKind(claim string, optional bool, kinds ...string) func(core.Token, *core.IdentityData) error {
	return func(t core.Token, _ *core.IdentityData) error {
		raw := t.Claim(claim)
		if optional && (len(raw) == 0 || string(raw) == "null") {
			return nil
		}
		got := text(t, claim)
		for _, kind := range kinds {
			if got == kind {
				return nil
			}
		}
		return fmt.Errorf("%w: %s is %.64q and not %q", errTokenKind, claim, got, kinds)
	}
}
