package webhook_test

import (
	"errors"
	"testing"

	"github.com/authkeel/authkeel/core/webhook"
)

// TestEveryDelivery: the function runs for each delivery with a valid signature,
// also for a message that was processed, and its error fails the delivery.
func TestEveryDelivery(t *testing.T) {
	var every, once calls
	e := newEndpoint(t, webhook.Config{EveryDelivery: every.run, Handlers: webhook.Handlers{"user.created": once.run}})
	for i := range 3 {
		if status := e.deliver("msg_1", userCreated); status != 200 || every.n != i+1 || once.n != 1 {
			t.Errorf("delivery %d: %d, ran %d and %d times", i, status, every.n, once.n)
		}
	}
	if status := e.deliver("msg_2", `{"type":"email.created"}`); status != 200 || every.n != 4 {
		t.Errorf("a type without a function: %d, ran %d times, want 4", status, every.n)
	}
	forged := e.request("msg_3", userCreated)
	forged.Header.Set("svix-id", "msg_4")
	if w := serve(e, forged); w.Code != 400 || every.n != 4 {
		t.Errorf("a forged delivery: %d, ran %d times, want 4", w.Code, every.n)
	}
	every.err = errors.New("no")
	if status := e.deliver("msg_5", userCreated); status != 500 || once.n != 1 {
		t.Errorf("a failure: %d, and the function for the type ran %d times, want 500 and not again", status, once.n)
	}
	every.err = nil
	if status := e.deliver("msg_5", userCreated); status != 200 || once.n != 2 {
		t.Errorf("after the failure: %d, ran %d times, want 200 and again", status, once.n)
	}
	alone := newEndpoint(t, webhook.Config{EveryDelivery: every.run})
	if status := alone.deliver("msg_1", userCreated); status != 200 {
		t.Errorf("EveryDelivery alone: %d, want 200", status)
	}
}
