package devclerk

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SignWebhook returns the headers with which Svix, and so Clerk, delivers a
// webhook: the signature is HMAC-SHA256 over id, seconds and body. The secret is
// `whsec_` and base64, and it is an error when it is not. For senders that use
// the names of Standard Webhooks see [StandardWebhook].
func SignWebhook(secret, id string, at time.Time, body []byte) (http.Header, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, errors.New("devclerk: the webhook secret is not `whsec_` and base64")
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return http.Header{
		"Content-Type":   {"application/json"},
		"Svix-Id":        {id},
		"Svix-Timestamp": {seconds},
		"Svix-Signature": {"v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}, nil
}

// StandardWebhook returns the headers of [SignWebhook] under the names of
// Standard Webhooks: webhook-id in place of svix-id, and so on.
func StandardWebhook(h http.Header) http.Header {
	renamed := http.Header{}
	for name, values := range h {
		if rest, ok := strings.CutPrefix(name, "Svix-"); ok {
			name = "Webhook-" + rest
		}
		renamed[name] = append([]string(nil), values...)
	}
	return renamed
}

// NewWebhookSecret makes a secret of 32 random bytes.
func NewWebhookSecret() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return "whsec_" + base64.StdEncoding.EncodeToString(secret)
}

// Webhook is a message to an endpoint. Change its fields before it is sent for a
// message that is forged (Secret), intercepted (an old Sent) or repeated (the same
// ID).
type Webhook struct {
	ID       string
	Sent     time.Time
	Secret   string
	Body     []byte
	Standard bool // the names of Standard Webhooks instead of Svix's
}

// NewWebhook makes a message about an event of the instance, such as
// "user.created", with data as JSON in Clerk's envelope. It is dated now and
// signed with [Instance.WebhookSecret]. It panics on data that is not JSON.
func (c *Instance) NewWebhook(event string, data any) Webhook {
	now := c.now()
	body, err := json.Marshal(Claims{"object": "event", "type": event, "data": data, "instance_id": c.id, "timestamp": now.UnixMilli()})
	if err != nil {
		panic("devclerk: " + err.Error())
	}
	return Webhook{
		ID: newID("msg"), Sent: now, Secret: c.webhookSecret,
		Body: body,
	}
}

// Forged is the same message, signed by a sender who does not know the secret.
func (w Webhook) Forged() Webhook {
	w.Secret = NewWebhookSecret()
	return w
}

// Request is the delivery of the message to url.
func (w Webhook) Request(ctx context.Context, url string) (*http.Request, error) {
	header, err := SignWebhook(w.Secret, w.ID, w.Sent, w.Body)
	if err != nil {
		return nil, err
	}
	if w.Standard {
		header = StandardWebhook(header)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(w.Body))
	if err != nil {
		return nil, err
	}
	r.Header = header
	return r, nil
}

// Send delivers the message to url, once, and returns the status and at most
// 64 KiB of the body. As Svix does, it waits 15 seconds and follows no redirect.
// It does not repeat a failed delivery.
func (w Webhook) Send(ctx context.Context, url string) (status int, body []byte, err error) {
	r, err := w.Request(ctx, url)
	if err != nil {
		return 0, nil, err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // nothing stays behind
		Timeout:       15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }() // read, or broken already
	body, err = io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, body, err
}
