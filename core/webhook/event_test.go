package webhook_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/webhook"
)

func event(t *testing.T, body string) *webhook.Event {
	t.Helper()
	e, err := webhook.Message{ID: "msg_1", Body: []byte(body)}.Event()
	if err != nil {
		t.Fatalf("Event of %s: %v", body, err)
	}
	return e
}

func TestEnvelope(t *testing.T) {
	const body = `{"object":"event","type":"email.created","data":{"id":"ema_1","to":[1,2]},"timestamp":"2022-11-03T20:26:10Z","later":true}`
	e := event(t, body)
	if e.ID != "msg_1" || e.Type != "email.created" || string(e.Timestamp) != `"2022-11-03T20:26:10Z"` ||
		string(e.Data) != `{"id":"ema_1","to":[1,2]}` || string(e.Body) != body {
		t.Errorf("got %+v", e)
	}

	// Only what is needed is asked for.
	for _, body := range []string{
		`{"type":"a"}`,
		`{"type":"a","data":null,"timestamp":null}`,
		`{"type":"a","data":[],"timestamp":1654012591835}`,
	} {
		if e := event(t, body); e.Type != "a" {
			t.Errorf("Event of %s: %+v", body, e)
		}
	}
	for _, body := range []string{"", " ", "null", "[]", `"a"`, "1", "{}", `{"type":""}`, `{"type":null}`, `{"type":["a"]}`, `{"type":"a"`, `{"type":"a"}}`, `{"type":"a"} x`} {
		if _, err := (webhook.Message{Body: []byte(body)}).Event(); !errors.Is(err, webhook.ErrPayload) {
			t.Errorf("Event of %q: %v, want ErrPayload", body, err)
		}
	}
}

// TestMetadataCannotSuppressAnEvent has what users could write into their own
// metadata so that a stricter reader misses events about them.
func TestMetadataCannotSuppressAnEvent(t *testing.T) {
	for name, metadata := range map[string]string{
		"repeated names":      `{"a":1,"a":2}`,
		"names of other case": `{"a":1,"A":2}`,
		"deep":                strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500),
		"half a surrogate":    `{"a":"\ud800"}`,
		"invalid UTF-8":       "{\"a\":\"\xff\"}",
		"large numbers":       `{"a":1e999}`,
		"an id":               `{"id":"user_2","object":"session","type":"user.created"}`,
		"no object":           `"text"`,
	} {
		e := event(t, `{"type":"order.paid","data":{"object":"order","metadata":`+metadata+`,"id":"order_1"}}`)
		o, err := webhook.Data[order](e)
		if err != nil || o.ID != "order_1" || e.Type != "order.paid" {
			t.Errorf("%s: %q, %v, want order_1", name, o.ID, err)
		}
	}
}

// order is event data that knows what it must look like.
type order struct {
	ID     string `json:"id"`
	Object string `json:"object"`
}

func (o order) Validate() error {
	if o.Object != "order" || o.ID == "" {
		return errors.New("not an order")
	}
	return nil
}

func TestData(t *testing.T) {
	o, err := webhook.Data[order](event(t, `{"type":"order.paid","data":{"id":"order_1","object":"order"}}`))
	if err != nil || o.ID != "order_1" {
		t.Errorf("got %+v, %v", o, err)
	}
	plain, err := webhook.Data[struct{ To string }](event(t, `{"type":"email.created","data":{"to":"zoe@example.com"}}`))
	if err != nil || plain.To != "zoe@example.com" {
		t.Errorf("a type without Validate: %+v, %v", plain, err)
	}
	for name, data := range map[string]string{
		"null": "null", "text": `"order_1"`, "another object": `{"id":"user_1","object":"user"}`, "no object": `{"id":"order_1"}`,
		"no id": `{"object":"order"}`, "id of a number": `{"object":"order","id":1}`,
	} {
		if o, err := webhook.Data[order](event(t, `{"type":"order.paid","data":`+data+`}`)); err == nil || o != (order{}) {
			t.Errorf("%s: got %+v, %v, want an error and nothing else", name, o, err)
		}
	}
	if _, err := webhook.Data[order](event(t, `{"type":"order.paid"}`)); err == nil {
		t.Error("no data: no error")
	}
}

func TestTyped(t *testing.T) {
	var got []string
	fails := errors.New("no")
	e := newEndpoint(t, webhook.Config{Handlers: webhook.Handlers{
		"order.paid": webhook.Typed(func(_ context.Context, e *webhook.Event, o order) error {
			got = append(got, e.ID+" "+o.ID)
			return nil
		}),
		"order.lost": webhook.Typed(func(context.Context, *webhook.Event, order) error { return fails }),
	}})
	const paid = `{"type":"order.paid","data":{"id":"order_1","object":"order"}}`
	if status := e.deliver("msg_1", paid); status != 200 || len(got) != 1 || got[0] != "msg_1 order_1" {
		t.Errorf("%d, ran for %v, want 200 and msg_1 order_1", status, got)
	}
	if status := e.deliver("msg_2", strings.ReplaceAll(paid, `"order"`, `"robot"`)); status != 500 || len(got) != 1 {
		t.Errorf("data of another kind: %d, want 500 and not to run", status)
	}
	if status := e.deliver("msg_3", `{"type":"order.lost","data":{"id":"order_1","object":"order"}}`); status != 500 {
		t.Errorf("a typed handler that fails: %d, want 500", status)
	}
}
