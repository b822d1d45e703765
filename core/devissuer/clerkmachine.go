package devissuer

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// ClerkMachine is a machine token that the Backend API verifies.
type ClerkMachine struct {
	// Subject is who it acts for: a user_ or org_ for an API key, a mch_ for M2M,
	// a user_ for OAuth; "" for one made up.
	Subject string
	Scopes  []string // of M2M: the machines that may take it
	Client  string   // of OAuth: the client_id; "" for one made up
	Claims  Claims   // custom ones; OAuth has none
	Expires time.Time
}

// machineToken is what the Backend API says of one token.
type machineToken struct {
	kind   string // the path of its verification
	answer Claims
}

// NewAPIKey makes an API key and returns its secret, ak_….
func (c *Clerk) NewAPIKey(m ClerkMachine) string {
	if m.Subject == "" {
		m.Subject = clerkID("user")
	}
	return c.newMachineToken("api_keys", "ak", m, Claims{"object": "api_key", "type": "api_key", "name": "key", "description": nil,
		"claims": m.Claims, "created_by": nil})
}

// NewM2MToken makes an opaque machine-to-machine token, mt_…. Clerk has the same
// as a JWT: [Clerk.MachineToken].
func (c *Clerk) NewM2MToken(m ClerkMachine) string {
	if m.Subject == "" {
		m.Subject = clerkID("mch")
	}
	return c.newMachineToken("m2m_tokens", "mt", m, Claims{"object": "machine_to_machine_token", "claims": m.Claims})
}

// NewOAuthToken makes an opaque OAuth access token, oat_…. Clerk has the same as
// a JWT: [Clerk.OAuthToken].
func (c *Clerk) NewOAuthToken(m ClerkMachine) string {
	if m.Subject == "" {
		m.Subject = clerkID("user")
	}
	if m.Client == "" {
		m.Client = clerkID("client")
	}
	return c.newMachineToken("oauth_applications/access_tokens", "oat", m, Claims{"object": "clerk_idp_oauth_access_token", "client_id": m.Client})
}

func (c *Clerk) newMachineToken(kind, prefix string, m ClerkMachine, of Claims) string {
	b := c.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now().UnixMilli()
	answer := With(Claims{"id": clerkID(prefix), "subject": m.Subject, "scopes": append([]string{}, m.Scopes...), "revoked": false,
		"revocation_reason": nil, "expired": false, "expiration": nil, "created_at": now, "updated_at": now}, of)
	if !m.Expires.IsZero() {
		answer["expiration"] = m.Expires.UnixMilli()
	}
	text := clerkID(prefix) + clerkID("")[1:]
	b.machineTokens[text] = machineToken{kind, answer}
	return text
}

// SetMachineToken changes what the Backend API says of a token, where nil
// deletes: {"revoked": true}, {"expired": true}. With {"active": false} that is
// all it says. DeleteMachineToken has it say that there is none.
func (c *Clerk) SetMachineToken(token string, change Claims) {
	b := c.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.machineTokens[token]
	t.answer = With(t.answer, change)
	if t.answer["active"] == false {
		t.answer = Claims{"active": false}
	}
	b.machineTokens[token] = t
}

// DeleteMachineToken has the Backend API know the token no more.
func (c *Clerk) DeleteMachineToken(token string) {
	c.backend.mu.Lock()
	defer c.backend.mu.Unlock()
	delete(c.backend.machineTokens, token)
}

// NewMachine makes a machine and returns its id, mch_…, and its secret key, ak_…,
// with which it may verify the M2M tokens whose scopes name it.
func (c *Clerk) NewMachine() (id, secretKey string) {
	b := c.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	id, secretKey = clerkID("mch"), clerkID("ak")
	b.machines[secretKey] = id
	return id, secretKey
}

// routeMachines serves each path with and without /v1: both are in use.
func (b *clerkBackend) routeMachines() {
	for kind, member := range map[string]string{"api_keys": "secret", "m2m_tokens": "token", "oauth_applications/access_tokens": "access_token"} {
		verify := func(r *http.Request, body Claims) answer {
			text, _ := body[member].(string)
			t, ok := b.machineTokens[text]
			if !ok || t.kind != kind || !b.mayVerify(r, t) {
				return failed(http.StatusNotFound, "token_not_found", "Token not found")
			}
			if at, ok := t.answer["expiration"].(int64); ok && at <= b.now().UnixMilli() {
				return failed(http.StatusNotFound, "token_expired", "Token expired")
			}
			return found(t.answer)
		}
		b.handle("POST /"+kind+"/verify", verify)
		b.handle("POST /v1/"+kind+"/verify", verify)
	}
}

// mayVerify holds a machine to the tokens that name it.
func (b *clerkBackend) mayVerify(r *http.Request, t machineToken) bool {
	machine := b.machines[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	scopes, _ := t.answer["scopes"].([]string)
	return machine == "" || slices.Contains(scopes, machine)
}
