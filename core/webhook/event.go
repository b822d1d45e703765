package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// The event types whose data this package knows. The type is an open string:
// Clerk has more of them and adds others, and any of them can be a key of
// [Handlers].
const (
	UserCreated = "user.created"
	UserUpdated = "user.updated"
	UserDeleted = "user.deleted" // ID, ExternalID and Deleted alone

	SessionCreated = "session.created"
	SessionPending = "session.pending"
	SessionEnded   = "session.ended"
	SessionRemoved = "session.removed"
	SessionRevoked = "session.revoked"

	OrganizationCreated = "organization.created"
	OrganizationUpdated = "organization.updated"
	OrganizationDeleted = "organization.deleted" // ID and Deleted alone

	MembershipCreated = "organizationMembership.created"
	MembershipUpdated = "organizationMembership.updated"
	MembershipDeleted = "organizationMembership.deleted" // the whole membership, as it was
)

const maxTypeBytes = 256

// Event is what a message says. Events of one object can arrive in another
// order than they happened, and late: compare UpdatedAt of the data with what
// you have stored, or ask the Backend API for the present state.
type Event struct {
	Message

	Type       string
	InstanceID string          // Clerk's `ins_…`; "" when absent
	Timestamp  json.RawMessage // as sent; Clerk's are milliseconds in some places and seconds in others
	Data       json.RawMessage // see [Data]
	ClientIP   string          // of the request that caused the event, as the sender saw it; may be ""
	UserAgent  string          // of that request; its user chose it
}

// Event reads the envelope: an object with a `type`, and `data` of any kind.
//
// It is read with encoding/json, repeated names and all, and not with the
// strictness that a token gets: the signature vouches for the bytes, and parts
// of the data, such as a user's unsafe metadata, were chosen by users. Whoever
// could put in there what is refused here could keep the events about himself
// from arriving, his deletion among them.
func (m Message) Event() (*Event, error) {
	var envelope struct {
		Type       string          `json:"type"`
		Data       json.RawMessage `json:"data"`
		InstanceID json.RawMessage `json:"instance_id"`
		Timestamp  json.RawMessage `json:"timestamp"`
		Attributes json.RawMessage `json:"event_attributes"`
	}
	if err := json.Unmarshal(m.Body, &envelope); err != nil || envelope.Type == "" || len(envelope.Type) > maxTypeBytes {
		return nil, errPayload
	}
	e := &Event{Message: m, Type: envelope.Type, Data: envelope.Data, Timestamp: envelope.Timestamp}
	// What is nice to have is no reason to refuse the rest.
	var attributes struct {
		Request struct {
			ClientIP  string `json:"client_ip"`
			UserAgent string `json:"user_agent"`
		} `json:"http_request"`
	}
	if json.Unmarshal(envelope.Attributes, &attributes) == nil {
		e.ClientIP, e.UserAgent = attributes.Request.ClientIP, attributes.Request.UserAgent
	}
	if json.Unmarshal(envelope.InstanceID, &e.InstanceID) != nil {
		e.InstanceID = ""
	}
	return e, nil
}

// Data reads the data of an event into T: one of [User], [Session],
// [Organization] and [Membership], or a type of your own for other events. For
// the four it returns an error when the data is another kind of object or has
// no id; T of your own is filled as encoding/json does it.
func Data[T any](e *Event) (T, error) {
	var data T
	if len(e.Data) == 0 || string(e.Data) == "null" {
		return data, errors.New("webhook: the event has no data")
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		var zero T
		return zero, fmt.Errorf("webhook: the data is not as expected: %w", err)
	}
	if known, ok := any(data).(interface{ object() (is, want, id string) }); ok {
		var zero T
		switch is, want, id := known.object(); {
		case is != want:
			return zero, fmt.Errorf("webhook: the data is a %.40q, not a %q", is, want)
		case id == "":
			return zero, fmt.Errorf("webhook: the %s has no id", want)
		}
	}
	return data, nil
}

// Func handles an event. It runs at least once for each message, and not again
// once it has returned nil. Returning an error makes the sender deliver the
// message again later; for what will never work, log it and return nil. The
// context ends after [Config.Timeout], and not when the sender stops waiting.
type Func func(ctx context.Context, e *Event) error

// Handlers are the functions for each event type.
type Handlers map[string]Func

// Typed makes a [Func] of a function that takes the data of the event, see
// [Data]. When the data cannot be read the delivery fails with that error.
func Typed[T any](f func(ctx context.Context, e *Event, data T) error) Func {
	if f == nil {
		return nil // which New refuses
	}
	return func(ctx context.Context, e *Event) error {
		data, err := Data[T](e)
		if err != nil {
			return err
		}
		return f(ctx, e, data)
	}
}
