package adaptertest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

// rotation gives out valid tokens of an issuer whose keys rotate meanwhile.
type rotation struct {
	issuer *devissuer.Issuer
	ahead  clock

	mu     sync.RWMutex // a reader's tokens stay valid
	keys   []*devissuer.Key
	tokens map[string][]string // by key ID; each with its subject before it
}

const tokensOfKey = 8

// sign makes tokens with the issuer's current key. The first is given to use
// before any of them is given out.
func (r *rotation) sign(key *devissuer.Key, use func(token, subject string)) {
	var tokens []string
	for i := range tokensOfKey {
		subject := fmt.Sprintf("user-%d-%s", i, key.ID)
		tokens = append(tokens, subject, r.issuer.Token(devissuer.Claims{"sub": subject, "exp": time.Now().Add(24 * time.Hour).Unix()}))
	}
	use(tokens[1], tokens[0])
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, key)
	r.tokens[key.ID] = tokens
}

// retire withdraws the older of two keys, and returns one of its tokens.
func (r *rotation) retire() (token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) < 2 {
		return ""
	}
	oldest := r.keys[0].ID
	token = r.tokens[oldest][1]
	r.keys = r.keys[1:]
	delete(r.tokens, oldest)
	r.issuer.Retire(oldest)
	return token
}

// valid calls use with two tokens, which stay valid until it returns.
func (r *rotation) valid(n int, use func(token, subject, other string)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	tokens := r.tokens[r.keys[n%len(r.keys)].ID]
	i := n % tokensOfKey * 2
	use(tokens[i+1], tokens[i], tokens[(i+3)%len(tokens)])
}

// mixedLoad sends everything at once. Run under the race detector, it also shows
// that an adapter shares nothing between requests without synchronization.
func (s *suite) mixedLoad() {
	keys := &rotation{issuer: authtest.NewIssuer(s.t), tokens: make(map[string][]string)}
	auth := authtest.NewAuthenticator(s.t, keys.issuer, keys.ahead.set, func(cfg *core.Config) { cfg.Revocations = revocations{} })
	required, optional, role := s.get(requireAuth(auth)), s.get(optionalAuth(auth)), s.get(requireAuth(auth), requireRole("role-admin"))
	s.add("under mixed load, while keys rotate, every request gets the answer of its own token", func(c *client) {
		const clients, requests, rotations = 8, 48, 5
		keys.sign(keys.issuer.Key("ES256"), func(token, subject string) {
			c.handledConcurrently(c.send(required, bearer(token)...), subject)
		})
		var wait sync.WaitGroup
		for i := range clients {
			wait.Go(func() {
				own := c.another()
				defer own.close()
				load := mixed{client: own, suite: s, keys: keys, required: required, optional: optional, role: role}
				for j := range requests {
					load.request(i + j)
				}
			})
		}
		for range rotations {
			keys.ahead.Add(int64(time.Minute)) // longer than the pause between two fetches
			withdrawn := keys.retire()
			keys.sign(keys.issuer.Rotate("ES256"), func(token, subject string) {
				c.handledConcurrently(c.send(required, bearer(token)...), subject)
			})
			if withdrawn != "" { // the set with the new key is without the old one
				c.refusedConcurrently(c.send(required, bearer(withdrawn)...), invalidToken)
			}
		}
		wait.Wait()
	})
}

// mixed makes the requests of one client under load.
type mixed struct {
	*client
	suite                    *suite
	keys                     *rotation
	required, optional, role *route
}

func (m mixed) request(n int) {
	m.keys.valid(n/8, func(token, subject, other string) {
		claims := devissuer.Claims{"sub": "revoked", "exp": time.Now().Add(24 * time.Hour).Unix()}
		switch n % 8 {
		case 0:
			m.handledConcurrently(m.send(m.required, bearer(token)...), subject)
		case 1:
			m.handledConcurrently(m.send(m.optional, bearer(token)...), subject)
		case 2:
			m.refusedConcurrently(m.send(m.role, bearer(token)...), denied)
		case 3:
			claims["exp"] = time.Now().Add(-time.Hour).Unix()
			m.refusedConcurrently(m.send(m.required, bearer(m.keys.issuer.Token(claims))...), expiredToken)
		case 4:
			forged := token[:strings.LastIndexByte(token, '.')] + other[strings.LastIndexByte(other, '.'):]
			m.refusedConcurrently(m.send(m.required, bearer(forged)...), invalidToken)
		case 5:
			m.refusedConcurrently(m.send(m.optional, bearer(m.keys.issuer.Token(claims))...), invalidToken)
		case 6:
			m.refusedConcurrently(m.send(m.required, bearer(m.suite.other.Token(nil))...), invalidToken)
		case 7:
			m.refusedConcurrently(m.send(m.required), unauthorized)
		}
	})
}
