package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

const maxTypeBytes = 256

// Event is what a message says, in the form of Standard Webhooks. Events about
// one object can arrive late and in another order than they happened: compare a
// version or time in the data with what you have stored, or ask the sender for
// the present state.
type Event struct {
	Message

	Type      string          // such as user.created
	Timestamp json.RawMessage // when it happened, as the sender writes it; nil when absent
	Data      json.RawMessage // see [Data]; nil when absent
}

// Event reads the envelope: an object with a `type`, and `data` of any kind.
// Other members are in Body.
//
// It is read with encoding/json, which accepts repeated names, and not as
// strictly as a token: the signature guarantees the bytes, and users chose parts
// of the data, such as their own metadata. Otherwise users could block events
// about themselves, even their deletion, by putting something we reject into
// their metadata.
func (m Message) Event() (*Event, error) {
	var envelope struct {
		Type      string          `json:"type"`
		Timestamp json.RawMessage `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(m.Body, &envelope); err != nil || envelope.Type == "" || len(envelope.Type) > maxTypeBytes {
		return nil, errPayload
	}
	return &Event{Message: m, Type: envelope.Type, Timestamp: envelope.Timestamp, Data: envelope.Data}, nil
}

// Validator is a type of event data that knows what it must look like: [Data]
// calls Validate and returns its error.
type Validator interface{ Validate() error }

// Data reads the data of an event into T as encoding/json does. It returns an
// error when there is no data, when it does not fit, and when T is a [Validator]
// whose Validate returns an error.
func Data[T any](e *Event) (T, error) {
	var data, zero T
	if len(e.Data) == 0 || string(e.Data) == "null" {
		return zero, errors.New("webhook: the event has no data")
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return zero, fmt.Errorf("webhook: the data is not as expected: %w", err)
	}
	if v, ok := any(data).(Validator); ok {
		if err := v.Validate(); err != nil {
			return zero, fmt.Errorf("webhook: the data is not as expected: %w", err)
		}
	}
	return data, nil
}

// HandlerFunc handles an event. It runs at least once for each message, and not
// again after it has returned nil. When it returns an error the sender delivers
// the message again later; for a failure that is permanent, log it and return
// nil. The context ends after [Config].Timeout, and not when the sender stops
// waiting.
type HandlerFunc func(ctx context.Context, e *Event) error

// Handlers has a function for each event type.
type Handlers map[string]HandlerFunc

// Typed makes a [HandlerFunc] of a function that takes the data of the event, see
// [Data]. When the data cannot be read the delivery fails with that error.
func Typed[T any](f func(ctx context.Context, e *Event, data T) error) HandlerFunc {
	if f == nil {
		return nil // New refuses it
	}
	return func(ctx context.Context, e *Event) error {
		data, err := Data[T](e)
		if err != nil {
			return err
		}
		return f(ctx, e, data)
	}
}
