package core_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

// TestMutations changes good tokens in 20,000 ways: none is accepted but the
// text that was signed. The cache is on and has the good tokens in it.
func TestMutations(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n"
	random := rand.New(rand.NewPCG(7, 11))
	a := build(t)
	k := trusted()
	tokens := make([]string, 0, 3)
	for _, key := range []*devissuer.Key{k.ed, k.es, k.rs} {
		tokens = append(tokens, signedBy(key, payload("roles", `["admin"]`)))
	}
	for _, token := range tokens {
		accepted(t, a, token)
	}
	for n := range 20_000 {
		token := tokens[n%len(tokens)]
		b := []byte(token)
		for range 1 + random.IntN(2) {
			at := random.IntN(len(b))
			switch random.IntN(6) {
			case 0:
				b[at] ^= 1 << random.IntN(8)
			case 1:
				b[at] = alphabet[random.IntN(len(alphabet))]
			case 2:
				b = append(b[:at:at], append([]byte{alphabet[random.IntN(len(alphabet))]}, b[at:]...)...)
			case 3:
				b = append(b[:at:at], b[at+1:]...)
			case 4:
				other := random.IntN(len(b))
				b[at], b[other] = b[other], b[at]
			case 5: // a part of another good token
				part, from := strings.Split(string(b), "."), strings.Split(tokens[random.IntN(len(tokens))], ".")
				i := random.IntN(min(len(part), len(from)))
				part[i] = from[i]
				b = []byte(strings.Join(part, "."))
			}
		}
		if id, err := a.Verify(t.Context(), string(b)); (err == nil) != slices.Contains(tokens, string(b)) || (id == nil) != (err != nil) {
			t.Fatalf("mutation %d: got %v, %v for\n%q\nof\n%q", n, id, err, b, token)
		}
	}
}
