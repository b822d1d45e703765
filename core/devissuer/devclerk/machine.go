package devclerk

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// Machine is a machine token that the Backend API verifies.
type Machine struct {
	// Subject is for whom it acts: a user_ or org_ for an API key, a mch_ for M2M,
	// a user_ for OAuth; "" for an invented one.
	Subject  string
	Scopes   []string // of M2M: the machines that may accept it
	Client   string   // of OAuth: the client_id; "" for an invented one
	Audience []string // of OAuth: `aud`; nil for a token without
	Actor    Claims   // of OAuth: `act`, after a token exchange; nil for a token without
	Claims   Claims   // custom ones; OAuth has none
	Expires  time.Time
}

// machineToken is what the Backend API says of one token.
type machineToken struct {
	kind    string // the path of its verification
	answer  Claims
	expires time.Time
}

// NewAPIKey makes an API key and returns its secret, ak_….
func (c *Instance) NewAPIKey(m Machine) string {
	if m.Subject == "" {
		m.Subject = newID("user")
	}
	return c.newMachineToken("api_keys", "ak", m, Claims{"object": "api_key", "type": "api_key", "name": "key", "description": nil,
		"claims": m.Claims, "created_by": nil})
}

// NewM2MToken makes an opaque machine-to-machine token, mt_…. Clerk has the same
// as a JWT: [Instance.MachineToken].
func (c *Instance) NewM2MToken(m Machine) string {
	if m.Subject == "" {
		m.Subject = newID("mch")
	}
	return c.newMachineToken("m2m_tokens", "mt", m, Claims{"object": "machine_to_machine_token", "claims": m.Claims})
}

// NewOAuthToken makes an opaque OAuth access token, oat_…. Clerk has the same as
// a JWT: [Instance.OAuthToken].
func (c *Instance) NewOAuthToken(m Machine) string {
	if m.Subject == "" {
		m.Subject = newID("user")
	}
	if m.Client == "" {
		m.Client = newID("client")
	}
	of := Claims{"object": "clerk_idp_oauth_access_token", "client_id": m.Client}
	if !m.Expires.IsZero() {
		of["expiration"] = m.Expires.Unix() // in seconds, unlike the other types
	}
	if m.Audience != nil {
		of["aud"] = m.Audience
	}
	if m.Actor != nil {
		of["act"] = m.Actor
	}
	return c.newMachineToken("oauth_applications/access_tokens", "oat", m, of)
}

func (c *Instance) newMachineToken(kind, prefix string, m Machine, of Claims) string {
	a := c.api
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	answer := devissuer.With(Claims{"id": newID(prefix), "subject": m.Subject, "scopes": append([]string{}, m.Scopes...), "revoked": false,
		"revocation_reason": nil, "expired": false, "expiration": nil, "created_at": now, "updated_at": now}, of)
	if !m.Expires.IsZero() {
		answer["expiration"] = m.Expires.UnixMilli()
	}
	text := newID(prefix) + newID("")[1:]
	a.machineTokens[text] = machineToken{kind, answer, m.Expires}
	return text
}

// SetMachineToken changes what the Backend API says of a token, where nil
// deletes: {"revoked": true}, {"expired": true}. With {"active": false} that is
// all it says. After DeleteMachineToken it says that there is none.
func (c *Instance) SetMachineToken(token string, change Claims) {
	a := c.api
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.machineTokens[token]
	t.answer = devissuer.With(t.answer, change)
	if t.answer["active"] == false {
		t.answer = Claims{"active": false}
	}
	a.machineTokens[token] = t
}

// DeleteMachineToken makes the Backend API answer that there is no such token.
func (c *Instance) DeleteMachineToken(token string) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	delete(c.api.machineTokens, token)
}

// NewMachine makes a machine and returns its id, mch_…, and its secret key, ak_…,
// with which it may verify the M2M tokens whose scopes name it.
func (c *Instance) NewMachine() (id, secretKey string) {
	a := c.api
	a.mu.Lock()
	defer a.mu.Unlock()
	id, secretKey = newID("mch"), newID("ak")
	a.machines[secretKey] = id
	return id, secretKey
}

// routeMachines serves each path with and without /v1: clients use both.
func (a *api) routeMachines() {
	for kind, member := range map[string]string{"api_keys": "secret", "m2m_tokens": "token", "oauth_applications/access_tokens": "access_token"} {
		verify := func(r *http.Request, body Claims) answer {
			text, _ := body[member].(string)
			if text == "" && kind == "oauth_applications/access_tokens" {
				text, _ = body["secret"].(string) // the older name, which clients still send
			}
			t, ok := a.machineTokens[text]
			if !ok || t.kind != kind || !a.mayVerify(r, t) {
				return failed(http.StatusNotFound, "token_not_found", "Token not found")
			}
			if !t.expires.IsZero() && !t.expires.After(a.instance.now()) {
				return failed(http.StatusNotFound, "token_expired", "Token expired")
			}
			return found(t.answer)
		}
		a.handle("POST /"+kind+"/verify", verify)
		a.handle("POST /v1/"+kind+"/verify", verify)
	}
}

// mayVerify reports whether the key of the request may verify the token: a machine
// may verify those that name it.
func (a *api) mayVerify(r *http.Request, t machineToken) bool {
	machine := a.machines[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	scopes, _ := t.answer["scopes"].([]string)
	return machine == "" || slices.Contains(scopes, machine)
}
