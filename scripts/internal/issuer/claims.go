package issuer

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/unverified"
)

// claim is a line of the table that shows a token decoded.
type claim struct {
	Name  string
	Value string // as JSON
	Note  string // a time as people read it; empty for other claims
}

// claimsOf returns header and claims of a token: the algorithm and the key ID first,
// then the claims in the order of their names.
func claimsOf(token string, now time.Time) []claim {
	var out []claim
	header := unverified.Header(token)
	for _, name := range []string{"alg", "kid"} {
		if value, ok := header[name]; ok {
			out = append(out, claim{Name: name, Value: jsonOf(value), Note: "in the header"})
		}
	}
	claims := unverified.Claims(token)
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		c := claim{Name: name, Value: jsonOf(claims[name])}
		if seconds, ok := claims[name].(float64); ok && slices.Contains([]string{"exp", "iat", "nbf", "auth_time"}, name) {
			at := time.Unix(int64(seconds), 0)
			c.Note = at.Format(time.DateTime + " MST")
			switch left := at.Sub(now).Round(time.Second); {
			case left > 0:
				c.Note += ", in " + left.String()
			case left < 0:
				c.Note += ", " + (-left).String() + " ago"
			}
		}
		out = append(out, c)
	}
	return out
}

func jsonOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // it was decoded from JSON
		return ""
	}
	return string(text)
}
