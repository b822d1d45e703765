package devclerk

import (
	"net/http"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

type session struct {
	session          Session // as its tokens are made
	id, user, client string
	status           string
	created, updated int64
}

// sawSession keeps the session of a token that is being made.
func (a *api) sawSession(s Session, claims Claims) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, _ := claims["sid"].(string)
	user, _ := claims["sub"].(string)
	status, _ := claims["sts"].(string)
	s.ID, s.User = id, user
	if known := a.session(id); known != nil {
		known.session = s // the organization may be another one now
		return
	}
	a.sessions = append(a.sessions, &session{session: s, id: id, user: user, client: newID("client"), status: status, created: a.now(), updated: a.now()})
}

func (a *api) session(id string) *session {
	for _, s := range a.sessions {
		if s.id == id {
			return s
		}
	}
	return nil
}

// endSessions revokes the sessions of a user.
func (a *api) endSessions(user string) {
	for _, s := range a.sessions {
		if s.user == user && (s.status == "active" || s.status == "pending") {
			s.status, s.updated = "revoked", a.now()
		}
	}
}

func (s *session) json() Claims {
	const day = 24 * 60 * 60 * 1000 // milliseconds
	var organization, actor any
	if s.session.Organization != nil {
		organization = s.session.Organization.ID
	}
	if s.session.Actor != nil {
		actor = s.session.Actor
	}
	return Claims{"id": s.id, "object": "session", "user_id": s.user, "client_id": s.client, "status": s.status, "actor": actor,
		"last_active_organization_id": organization, "latest_activity": nil, "last_active_at": s.updated,
		"expire_at": s.created + 7*day, "abandon_at": s.created + 30*day, "created_at": s.created, "updated_at": s.updated}
}

func (a *api) routeSessions() {
	a.handle("GET /v1/sessions", func(r *http.Request, _ Claims) answer {
		p, bad := query(r, "user_id", "client_id", "status", "paginated")
		if bad != nil {
			return *bad
		}
		var list []*session
		for _, s := range a.sessions {
			if matches(r, "user_id", s.user) && matches(r, "client_id", s.client) && matches(r, "status", s.status) {
				list = append(list, s)
			}
		}
		if r.URL.Query().Get("paginated") == "true" {
			return paginated(p, list)
		}
		bare := []Claims{}
		for _, s := range of(p, list) {
			bare = append(bare, s.json())
		}
		return found(bare)
	})
	a.onSession("GET /v1/sessions/{id}", func(s *session, _ *http.Request, _ Claims) answer { return found(s.json()) })
	a.onSession("POST /v1/sessions/{id}/revoke", func(s *session, _ *http.Request, _ Claims) answer {
		s.status, s.updated = "revoked", a.now()
		return found(s.json())
	})
	a.onSession("POST /v1/sessions/{id}/tokens", a.newToken)
	a.onSession("POST /v1/sessions/{id}/tokens/{template}", a.newToken)
}

// newToken makes a token of the session, or of a JWT template: every name is
// that of a template with the default claims. Neither has `azp`, as there is no
// Origin header here.
func (a *api) newToken(s *session, r *http.Request, body Claims) answer {
	if bad := unknownMember(body, "expires_in_seconds"); bad != nil {
		return *bad
	}
	lifetime := time.Minute
	if value := body["expires_in_seconds"]; value != nil {
		seconds, ok := value.(float64)
		if !ok || seconds < 30 || seconds > 315_360_000 {
			return invalidValue("expires_in_seconds", "must be 30 to 315360000.")
		}
		lifetime = time.Duration(seconds) * time.Second
	}
	if s.status != "active" && s.status != "pending" {
		return notFound()
	}
	c := a.instance
	over := Claims{"azp": nil, "exp": c.now().Add(lifetime).Unix()}
	var token string
	if r.PathValue("template") != "" {
		token = c.TemplateToken(s.user, over)
	} else {
		token = c.Sign(nil, devissuer.With(c.sessionClaims(s.session), over))
	}
	return found(Claims{"object": "token", "jwt": token})
}

// onSession registers a route about one session.
func (a *api) onSession(pattern string, f func(s *session, r *http.Request, body Claims) answer) {
	a.handle(pattern, func(r *http.Request, body Claims) answer {
		s := a.session(r.PathValue("id"))
		if s == nil {
			return notFound()
		}
		return f(s, r, body)
	})
}
