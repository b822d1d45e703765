package webhook_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/webhook"
)

// FuzzVerify holds that nothing panics, and that only what this test signed is
// accepted: the id, time and body of an accepted message are those of the one
// signature there is.
func FuzzVerify(f *testing.F) {
	ts := strconv.Itoa(now)
	good := sign(secret, "msg_1", ts, userCreated)
	f.Add("svix", "msg_1", ts, good, userCreated, "")
	f.Add("webhook", "msg_1", ts, "v1a,AAAA "+good, userCreated, "")
	f.Add("svix", "msg_1", ts, good, userCreated, "webhook-id")
	f.Add("svix", "msg_1."+ts, ts, good, "{}", "")
	f.Add("svix", "msg_1", "+"+ts, "v1,"+good, userCreated, "svix-signature")
	f.Add("Svix", "", "999999999999", "v1", "[", "svix-id")
	v, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{another, secret}, Now: at(now)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, family, id, timestamp, signature, body, more string) {
		h := http.Header{}
		h.Set(family+"-id", id)
		h.Set(family+"-timestamp", timestamp)
		h.Set(family+"-signature", signature)
		if more != "" {
			h.Add(more, id)
		}
		m, err := v.Verify(h, []byte(body))
		if err != nil {
			if err.Error() == "" || m.ID != "" {
				t.Errorf("refused with %q and the id %q", err, m.ID)
			}
			return
		}
		if id != "msg_1" || timestamp != ts || body != userCreated || !strings.Contains(signature, good) {
			t.Errorf("accepted id %q, timestamp %q, body %q, signature %q", id, timestamp, body, signature)
		}
		if _, err := m.Event(); err != nil {
			t.Errorf("Event: %v", err)
		}
	})
}

// FuzzEvent checks that any body gives an event with a type, or an error, and
// that reading its data does not panic.
func FuzzEvent(f *testing.F) {
	f.Add(userCreated)
	f.Add(`{"type":"a","data":{"object":"order","id":"x"}}`)
	f.Add(`{"type":"a","data":null}`)
	f.Add(`[{"type":"a"}]`)
	f.Fuzz(func(t *testing.T, body string) {
		e, err := webhook.Message{Body: []byte(body)}.Event()
		if (err == nil) != (e != nil) {
			t.Fatalf("Event: %v, %v", e, err)
		}
		if err != nil {
			return
		}
		if e.Type == "" {
			t.Error("an event without a type")
		}
		if o, err := webhook.Data[order](e); err == nil && o.ID == "" {
			t.Error("an order without an id")
		}
	})
}
