package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits and defaults of a [Verifier].
const (
	DefaultTolerance = 5 * time.Minute
	DefaultMaxBody   = 1 << 20 // bytes

	maxTolerance      = time.Hour
	maxIDBytes        = 256
	maxTimestampBytes = 12
	maxSignatureBytes = 4 << 10
)

// VerifierConfig says which webhooks are accepted.
type VerifierConfig struct {
	// Secrets are the signing secrets of one endpoint, as its sender shows them:
	// `whsec_` and base64, or the base64 alone, of at least 24 bytes. There may be
	// several, 8 at most, while one replaces another. Do not put the secrets of
	// several senders here: each could sign in the name of the others.
	Secrets []string
	// Tolerance is how far the time of sending may be from now, to either side, in
	// whole seconds, inclusive. 0 = 5 minutes, at most an hour. For that long an
	// intercepted webhook can be sent again: [Handler] recognizes it.
	Tolerance time.Duration
	// MaxBody is the longest body in bytes; 0 = 1 MiB.
	MaxBody int

	Now func() time.Time // default time.Now
}

// Verifier checks signatures of Standard Webhooks and of Svix: HMAC-SHA256,
// version v1. It is safe for concurrent use. Use it directly where there is no
// HTTP request, such as behind a queue, and [New] otherwise: a Verifier alone
// accepts the same message again within its tolerance.
type Verifier struct {
	keys      []key
	tolerance int64 // seconds
	maxBody   int
	now       func() time.Time
}

// NewVerifier returns a Verifier, or an error that names the wrong field. The error
// contains nothing of a secret.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	keys, err := parseSecrets(cfg.Secrets)
	if err != nil {
		return nil, err
	}
	if cfg.Tolerance == 0 {
		cfg.Tolerance = DefaultTolerance
	}
	if cfg.Tolerance < time.Second || cfg.Tolerance > maxTolerance {
		return nil, fmt.Errorf("webhook: VerifierConfig.Tolerance is %v: it must be between a second and %v", cfg.Tolerance, maxTolerance)
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.MaxBody < 0 {
		return nil, errors.New("webhook: VerifierConfig.MaxBody must not be negative")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Verifier{keys, int64(cfg.Tolerance / time.Second), cfg.MaxBody, cfg.Now}, nil
}

// Message is a webhook whose signature is valid.
type Message struct {
	ID   string    // the same for every delivery of one message
	Sent time.Time // of this delivery, in whole seconds
	Body []byte    // as received
}

// Verify checks the headers and the signature of a webhook. body must be the
// bytes that were received: a body that was parsed and encoded again does not
// have the same signature. It does not notice a message that was delivered before.
// The Message keeps body.
func (v *Verifier) Verify(header http.Header, body []byte) (Message, error) {
	id, sent, signatures, err := headers(header)
	if err != nil {
		return Message{}, err
	}
	seconds, err := v.timestamp(sent)
	if err != nil {
		return Message{}, err
	}
	if len(body) > v.maxBody {
		return Message{}, errTooLarge
	}
	if !v.signed(id, sent, body, signatures) {
		return Message{}, errSignature
	}
	// Some frameworks reuse the memory of a header for the next request.
	return Message{ID: strings.Clone(id), Sent: time.Unix(seconds, 0), Body: body}, nil
}

// families has the two sets of names for the same three headers: Svix's own, and
// those of Standard Webhooks.
var families = [2][3]string{
	{"Svix-Id", "Svix-Timestamp", "Svix-Signature"},
	{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"},
}

// headers returns the id, timestamp and signatures, each of which must be present
// once. Names of both families are refused: readers would disagree about which id
// counts.
func headers(h http.Header) (id, sent, signatures string, err error) {
	var found [3]string
	family := -1
	for f, names := range families {
		for i, name := range names {
			values := h[name]
			switch {
			case len(values) == 0:
				continue
			case family >= 0 && family != f:
				return "", "", "", errMixed
			case len(values) > 1:
				return "", "", "", errRepeated
			}
			family, found[i] = f, values[0]
		}
	}
	id, sent, signatures = found[0], found[1], found[2]
	switch {
	case id == "" || sent == "" || signatures == "":
		return "", "", "", errMissing
	case !validID(id):
		return "", "", "", errID
	case len(signatures) > maxSignatureBytes:
		return "", "", "", errList
	}
	return id, sent, signatures, nil
}

// validID accepts visible ASCII without a full stop. With one, a part of the id
// could be taken for the timestamp: the signature is over `id.timestamp.body`.
func validID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' || id[i] == '.' {
			return false
		}
	}
	return len(id) <= maxIDBytes
}

// timestamp reads decimal seconds without sign or leading zero, and compares them
// with now.
func (v *Verifier) timestamp(sent string) (int64, error) {
	if len(sent) > maxTimestampBytes || sent[0] == '0' {
		return 0, errTime
	}
	for i := range len(sent) {
		if sent[i] < '0' || sent[i] > '9' {
			return 0, errTime
		}
	}
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil {
		return 0, errTime
	}
	switch now := v.now().Unix(); {
	case now-seconds > v.tolerance:
		return 0, errOld
	case seconds-now > v.tolerance:
		return 0, errFuture
	}
	return seconds, nil
}

// signed reports whether a signature in the list belongs to one of the secrets. It
// compares all pairs in constant time, so that the time it takes does not reveal
// which one came close.
func (v *Verifier) signed(id, sent string, body []byte, list string) bool {
	var candidates [][]byte
	for entry := range strings.SplitSeq(list, " ") {
		version, text, _ := strings.Cut(entry, ",")
		if version == "v1" && len(text) == base64.StdEncoding.EncodedLen(sha256.Size) {
			candidates = append(candidates, []byte(text))
		}
	}
	if len(candidates) == 0 {
		return false
	}
	matches := 0
	for _, k := range v.keys {
		mac := k()
		mac.Write([]byte(id + "." + sent + "."))
		mac.Write(body)
		want := base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
		for _, c := range candidates {
			matches |= subtle.ConstantTimeCompare(c, want)
		}
	}
	return matches == 1
}
