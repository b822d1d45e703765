package clerk

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/webhook"
)

// The types of Clerk's webhook events whose data clerkapi has a type for. Clerk
// has more types and adds others: any text can be a key of [webhook.Handlers].
const (
	UserCreated = "user.created" // data: clerkapi.User
	UserUpdated = "user.updated"
	UserDeleted = "user.deleted" // has ID, ExternalID and Deleted alone

	SessionCreated = "session.created" // data: clerkapi.Session
	SessionPending = "session.pending"
	SessionEnded   = "session.ended"
	SessionRemoved = "session.removed"
	SessionRevoked = "session.revoked"

	OrganizationCreated = "organization.created" // data: clerkapi.Organization
	OrganizationUpdated = "organization.updated"
	OrganizationDeleted = "organization.deleted" // has ID and Deleted alone

	MembershipCreated = "organizationMembership.created" // data: clerkapi.Membership
	MembershipUpdated = "organizationMembership.updated"
	MembershipDeleted = "organizationMembership.deleted" // the whole membership, as it was
)

// webhook.Data asks these types whether they are what the handler is for.
var _ = []webhook.Validator{clerkapi.User{}, clerkapi.Session{}, clerkapi.Organization{}, clerkapi.Membership{}}

// The environment variables of [WebhookVerifierFromEnv]: the one that Clerk
// documents, and the one of its older guides.
const (
	EnvWebhookSecret      = "CLERK_WEBHOOK_SIGNING_SECRET"
	EnvOlderWebhookSecret = "CLERK_WEBHOOK_SECRET"
)

// NewWebhook returns a handler for Clerk's webhooks, with the signing secret in
// the environment (see [WebhookVerifierFromEnv]) and the defaults of
// [webhook.Config]:
//
//	hooks, err := clerk.NewWebhook(webhook.Handlers{
//		clerk.UserCreated: webhook.Typed(func(ctx context.Context, e *webhook.Event, u clerkapi.User) error {
//			return saveUser(ctx, u)
//		}),
//	})
//
// It is for a service with one replica. With several, which must share a store,
// use [webhook.New] with what WebhookVerifierFromEnv returns.
func NewWebhook(handlers webhook.Handlers) (*webhook.Handler, error) {
	v, err := WebhookVerifierFromEnv()
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Config{Verifier: v, Handlers: handlers})
}

// WebhookVerifierFromEnv returns a verifier with the secrets in
// CLERK_WEBHOOK_SIGNING_SECRET or, when that is unset or empty, in
// CLERK_WEBHOOK_SECRET. While a secret is being replaced the variable may hold
// the new and the old one, separated by a comma or a space. It returns an error
// when neither is set.
func WebhookVerifierFromEnv() (*webhook.Verifier, error) {
	for _, name := range []string{EnvWebhookSecret, EnvOlderWebhookSecret} {
		secrets := strings.FieldsFunc(os.Getenv(name), func(r rune) bool {
			return r == ',' || r == ' ' || r == '\t' || r == '\r' || r == '\n'
		})
		if len(secrets) == 0 {
			continue
		}
		v, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: secrets})
		if err != nil {
			return nil, fmt.Errorf("%w (from %s)", err, name)
		}
		return v, nil
	}
	return nil, fmt.Errorf("clerk: set %s (or the older %s)", EnvWebhookSecret, EnvOlderWebhookSecret)
}

// EventSource is what Clerk's events say about where they come from.
type EventSource struct {
	InstanceID string    // ins_…; "" when absent
	Time       time.Time // when it happened; zero when absent
	ClientIP   string    // of the request that caused the event, as Clerk saw it; may be ""
	UserAgent  string    // of that request; its sender chose it
}

// EventSourceOf reads the envelope of an event of Clerk's. Members that are
// missing or not as expected are left empty.
func EventSourceOf(e *webhook.Event) EventSource {
	var s EventSource
	var envelope, attributes, request claims
	if json.Unmarshal(e.Body, &envelope) != nil {
		return s
	}
	s.InstanceID = text(envelope["instance_id"])
	var at clerkapi.Timestamp // milliseconds in some events, seconds in others
	if json.Unmarshal(envelope["timestamp"], &at) == nil {
		s.Time = at.Time()
	}
	if json.Unmarshal(envelope["event_attributes"], &attributes) == nil && json.Unmarshal(attributes["http_request"], &request) == nil {
		s.ClientIP, s.UserAgent = text(request["client_ip"]), text(request["user_agent"])
	}
	return s
}
