package webhook_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/webhook"
)

const (
	secret  = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"
	another = "whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmc="
)

type vectors struct {
	Signatures []struct {
		Secret, ID, Body, Signature string
		Timestamp                   int64
	} `json:"webhook_signatures"`
	Acceptance struct {
		Now   int64
		Cases []struct {
			Name, Secret, Body, JS string
			Headers                map[string]string
		}
	} `json:"webhook_acceptance"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Signatures) == 0 || len(v.Acceptance.Cases) == 0 {
		t.Fatal("no vectors")
	}
	return v
}

func at(seconds int64) func() time.Time {
	return func() time.Time { return time.Unix(seconds, 999_999_999) }
}

func newVerifier(t *testing.T, now int64, secrets ...string) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: secrets, Now: at(now)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func header(family, id, timestamp, signature string) http.Header {
	h := http.Header{}
	h.Set(family+"-id", id)
	h.Set(family+"-timestamp", timestamp)
	h.Set(family+"-signature", signature)
	return h
}

func TestSignatureVectors(t *testing.T) {
	for _, c := range readVectors(t).Signatures {
		for _, family := range []string{"svix", "webhook"} {
			t.Run(c.ID+" "+family, func(t *testing.T) {
				h := header(family, c.ID, strconv.FormatInt(c.Timestamp, 10), c.Signature)
				m, err := newVerifier(t, c.Timestamp, c.Secret).Verify(h, []byte(c.Body))
				if err != nil {
					t.Fatalf("Verify: %v", err)
				}
				if m.ID != c.ID || m.Sent.Unix() != c.Timestamp || string(m.Body) != c.Body {
					t.Errorf("got %q sent at %v, want %q at %d", m.ID, m.Sent, c.ID, c.Timestamp)
				}
				for i := range len(c.Body) {
					changed := []byte(c.Body)
					changed[i] ^= 1
					if _, err := newVerifier(t, c.Timestamp, c.Secret).Verify(h, changed); !errors.Is(err, webhook.ErrSignature) {
						t.Fatalf("Verify of a body changed at %d: %v, want ErrSignature", i, err)
					}
				}
			})
		}
	}
}

func TestAcceptanceVectors(t *testing.T) {
	v := readVectors(t).Acceptance
	for _, c := range v.Cases {
		t.Run(c.Name, func(t *testing.T) {
			h := http.Header{}
			for name, value := range c.Headers {
				h.Set(name, value)
			}
			_, err := newVerifier(t, v.Now, c.Secret).Verify(h, []byte(c.Body))
			if accepted := err == nil; accepted != (c.JS == "accept") {
				t.Errorf("Verify: %v, the sender's library: %s", err, c.JS)
			}
		})
	}
}

const now = 1767225600

// sign makes the v1 signature for a message of now.
func sign(secret, id, timestamp, body string) string {
	return "v1," + webhook.Sign(secret, id+"."+timestamp+"."+body)
}

func TestVerifyHeaders(t *testing.T) {
	const body = `{"type":"a"}`
	ts := strconv.Itoa(now)
	good := func() http.Header { return header("svix", "msg_1", ts, sign(secret, "msg_1", ts, body)) }
	signed := func(id, ts string) http.Header { return header("svix", id, ts, sign(secret, id, ts, body)) }
	listed := func(list string) http.Header {
		h := good()
		h.Set("svix-signature", strings.ReplaceAll(list, "GOOD", h.Get("svix-signature")))
		return h
	}
	with := func(change func(http.Header)) http.Header { h := good(); change(h); return h }
	one := sign(secret, "msg_1", ts, body)
	ago := func(seconds int) string { return strconv.Itoa(now - seconds) }

	tests := []struct {
		name   string
		header http.Header
		reason string // "" is accepted
	}{
		{"good", good(), ""},
		{"no header", http.Header{}, "missing_header"},
		{"no id", with(func(h http.Header) { h.Del("svix-id") }), "missing_header"},
		{"no timestamp", with(func(h http.Header) { h.Del("svix-timestamp") }), "missing_header"},
		{"no signature", with(func(h http.Header) { h.Del("svix-signature") }), "missing_header"},
		{"empty signature", with(func(h http.Header) { h.Set("svix-signature", "") }), "missing_header"},
		{"two ids", with(func(h http.Header) { h.Add("svix-id", "msg_1") }), "repeated_header"},
		{"two ids, one empty", with(func(h http.Header) { h["Svix-Id"] = []string{"", "msg_1"} }), "repeated_header"},
		{"two timestamps", with(func(h http.Header) { h.Add("svix-timestamp", ts) }), "repeated_header"},
		{"two signatures", with(func(h http.Header) { h.Add("svix-signature", one) }), "repeated_header"},
		{"both families", with(func(h http.Header) {
			h.Set("webhook-id", "msg_1")
			h.Set("webhook-timestamp", ts)
			h.Set("webhook-signature", one)
		}), "mixed_header_families"},
		{"an id of the other family", with(func(h http.Header) { h.Set("webhook-id", "msg_2") }), "mixed_header_families"},
		{"half and half", with(func(h http.Header) { h.Del("svix-id"); h.Set("webhook-id", "msg_1") }), "mixed_header_families"},
		{"an empty header of the other family", with(func(h http.Header) { h.Set("webhook-id", "") }), "mixed_header_families"},

		{"longest id", signed(strings.Repeat("a", 256), ts), ""},
		{"id too long", signed(strings.Repeat("a", 257), ts), "bad_id"},
		{"id with a full stop", signed("msg.1", ts), "bad_id"},
		{"id with a space", signed("msg 1", ts), "bad_id"},
		{"id with a control character", signed("msg\x7f1", ts), "bad_id"},
		{"id beyond ASCII", signed("msg_ë", ts), "bad_id"},
		{"another id", with(func(h http.Header) { h.Set("svix-id", "msg_2") }), "bad_signature"},

		{"300 s ago", signed("msg_1", ago(300)), ""},
		{"301 s ago", signed("msg_1", ago(301)), "too_old"},
		{"300 s ahead", signed("msg_1", ago(-300)), ""},
		{"301 s ahead", signed("msg_1", ago(-301)), "too_new"},
		{"milliseconds", signed("msg_1", ts+"000"), "bad_timestamp"},
		{"a day of the far future", signed("msg_1", "999999999999"), "too_new"},
		{"beyond 64 bits", signed("msg_1", "99999999999999999999"), "bad_timestamp"},
		{"zero", signed("msg_1", "0"), "bad_timestamp"},
		{"negative", signed("msg_1", "-1"), "bad_timestamp"},
		{"plus", signed("msg_1", "+"+ts), "bad_timestamp"},
		{"leading zero", signed("msg_1", "0"+ts), "bad_timestamp"},
		{"trailing garbage", signed("msg_1", ts+"abc"), "bad_timestamp"},
		{"fraction", signed("msg_1", ts+".5"), "bad_timestamp"},
		{"exponent", signed("msg_1", "1e9"), "bad_timestamp"},
		{"hexadecimal", signed("msg_1", "0x6955"), "bad_timestamp"},
		{"underscore", signed("msg_1", "1_767_225_6"), "bad_timestamp"},
		{"other digits", signed("msg_1", "١٢٣"), "bad_timestamp"},
		{"space inside", signed("msg_1", "1767 22560"), "bad_timestamp"},

		{"right one last", listed("v1,AAAA v1a,AAAA v2,AAAA GOOD"), ""},
		{"right one first", listed("GOOD v1,AAAA"), ""},
		{"two spaces", listed("v1,AAAA  GOOD"), ""},
		{"the right one among many", listed(strings.Repeat("v1,"+strings.Repeat("A", 43)+"= ", 80) + "GOOD"), ""},
		{"list too long", listed(strings.Repeat("v1,"+strings.Repeat("A", 43)+"= ", 90) + "GOOD"), "bad_signature_list"},
		{"no version", listed(strings.TrimPrefix(one, "v1,")), "bad_signature"},
		{"version alone", listed("v1"), "bad_signature"},
		{"version and comma", listed("v1,"), "bad_signature"},
		{"version in capitals", listed("V" + one[1:]), "bad_signature"},
		{"another version", listed("v2" + one[2:]), "bad_signature"},
		{"asymmetric version", listed("v1a" + one[2:]), "bad_signature"},
		{"commas between", listed("v1,AAAA,GOOD"), "bad_signature"},
		{"tab between", listed("v1,AAAA\tGOOD"), "bad_signature"},
		{"cut short", listed(one[:len(one)-1]), "bad_signature"},
		{"without padding", listed(strings.TrimRight(one, "=")), "bad_signature"},
		{"more behind", listed(one + "A"), "bad_signature"},
		{"of another secret", listed(sign(another, "msg_1", ts, body)), "bad_signature"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := newVerifier(t, now, secret).Verify(c.header, []byte(body))
			got := ""
			if err != nil {
				var e *webhook.Error
				if !errors.As(err, &e) {
					t.Fatalf("Verify: %v, which is no *Error", err)
				}
				got = e.Reason
			}
			if got != c.reason {
				t.Errorf("reason %q, want %q", got, c.reason)
			}
		})
	}
}

// TestSignatureBoundaries moves the full stops of the signed text: no other
// reading of it may be accepted.
func TestSignatureBoundaries(t *testing.T) {
	ts := strconv.Itoa(now)
	signature := sign(secret, "msg_1", ts, ts+".{}") // what a sender could be made to sign
	v := newVerifier(t, now, secret)
	if _, err := v.Verify(header("svix", "msg_1", ts, signature), []byte(ts+".{}")); err != nil {
		t.Fatalf("as it was sent: %v", err)
	}
	if _, err := v.Verify(header("svix", "msg_1."+ts, ts, signature), []byte("{}")); !errors.Is(err, webhook.ErrHeaders) {
		t.Errorf("with the boundary moved: %v, want ErrHeaders", err)
	}
}

func TestSeveralSecrets(t *testing.T) {
	ts := strconv.Itoa(now)
	both := newVerifier(t, now, another, secret)
	for _, s := range []string{secret, another} {
		if _, err := both.Verify(header("svix", "m", ts, sign(s, "m", ts, "{}")), []byte("{}")); err != nil {
			t.Errorf("signed with one of two secrets: %v", err)
		}
	}
	list := sign(secret, "m", ts, "{}") + " " + sign(another, "m", ts, "{}")
	for _, s := range []string{secret, another} {
		if _, err := newVerifier(t, now, s).Verify(header("svix", "m", ts, list), []byte("{}")); err != nil {
			t.Errorf("signed twice: %v", err)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	v, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{secret}, MaxBody: 10, Now: at(now)})
	if err != nil {
		t.Fatal(err)
	}
	ts := strconv.Itoa(now)
	for n, want := range map[int]error{10: nil, 11: webhook.ErrTooLarge} {
		body := strings.Repeat("b", n)
		_, err := v.Verify(header("svix", "m", ts, sign(secret, "m", ts, body)), []byte(body))
		if !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
}
