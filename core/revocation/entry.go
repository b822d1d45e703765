package revocation

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/store"
)

// kind is what a revocation names.
type kind uint8

const (
	session kind = iota
	token
	subject
	sessionless // tokens of a subject that name no session
	organization
	client
	kinds
)

// letters stand for the kinds in the store.
const letters = "stunoc"

// key is what is revoked, within an issuer.
type key struct {
	kind          kind
	issuer, value string
}

// entry is a revocation.
type entry struct {
	key
	before int64 // tokens issued in this second or earlier
	until  int64 // forgotten from this second on
}

// always stands for tokens whenever they were issued.
const always = math.MaxInt64

// maxTextBytes is how long an issuer and an ID may be together. The rest of a
// record in the store are numbers.
const maxTextBytes = store.MaxValueBytes - 64

// ErrInvalid is a revocation that can never match a token: without an issuer or
// ID, too long, or of tokens from the future. A mistake of the caller.
var ErrInvalid = errors.New("revocation: invalid")

// newEntry checks a revocation. A zero before stands for always.
func (l *List) newEntry(k kind, issuer, value string, before time.Time) (entry, error) {
	now := l.cfg.Now()
	switch {
	case issuer == "":
		return entry{}, fmt.Errorf("%w: the issuer is empty: it must be `iss` as the tokens have it", ErrInvalid)
	case value == "":
		return entry{}, fmt.Errorf("%w: the ID is empty", ErrInvalid)
	case len(issuer)+len(value) > maxTextBytes:
		return entry{}, fmt.Errorf("%w: issuer and ID have %d bytes together, %d at most", ErrInvalid, len(issuer)+len(value), maxTextBytes)
	case strings.Contains(issuer, "\n"):
		return entry{}, fmt.Errorf("%w: the issuer has a line break", ErrInvalid)
	case before.After(now.Add(time.Minute)):
		return entry{}, fmt.Errorf("%w: the time is %v ahead, a minute at most: use the present time, or the zero time for tokens whenever they were issued", ErrInvalid, before.Sub(now))
	}
	// A framework may use the memory of its strings again.
	e := entry{key: key{k, strings.Clone(issuer), strings.Clone(value)}, before: always, until: now.Add(l.cfg.MaxTokenLife + lifeReserve).Unix()}
	if !before.IsZero() {
		e.before = before.Unix()
	}
	return e, nil
}

// String is the entry in the store: kind, times, issuer and, last, the ID, which
// may have any bytes.
func (e entry) String() string {
	before := ""
	if e.before != always {
		before = strconv.FormatInt(e.before, 10)
	}
	return letters[e.kind:e.kind+1] + "\n" + before + "\n" + strconv.FormatInt(e.until, 10) + "\n" + e.issuer + "\n" + e.value
}

// parseEntry reads what String wrote.
func parseEntry(text string) (e entry, ok bool) {
	parts := strings.SplitN(text, "\n", 5)
	if len(parts) != 5 || len(parts[0]) != 1 || parts[3] == "" || parts[4] == "" {
		return entry{}, false
	}
	k := strings.Index(letters, parts[0])
	if k < 0 {
		return entry{}, false
	}
	e = entry{key: key{kind(k), parts[3], parts[4]}, before: always}
	var err error
	if parts[1] != "" {
		if e.before, err = strconv.ParseInt(parts[1], 10, 64); err != nil || e.before == always {
			return entry{}, false
		}
	}
	if e.until, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
		return entry{}, false
	}
	return e, e.String() == text
}

// check returns an error for a token that a list cannot decide about.
func (l *List) check(id *core.Identity, now time.Time) error {
	if expires := id.ExpiresAt(); !expires.IsZero() {
		from := id.IssuedAt()
		if from.IsZero() {
			from = now
		}
		if life := expires.Sub(from); life > l.cfg.MaxTokenLife+time.Minute {
			return fmt.Errorf("revocation: a token of %q lives for %v, longer than Config.MaxTokenLife, %v: raise it", id.Issuer(), life.Round(time.Second), l.cfg.MaxTokenLife)
		}
	}
	longest := max(len(id.SessionID()), len(id.TokenID()), len(id.Subject()), len(id.Organization().ID), len(id.AuthorizedParty()))
	if len(id.Issuer())+longest > maxTextBytes {
		return fmt.Errorf("revocation: a token of %.64q has an ID of %d bytes, which cannot be revoked: issuer and ID have %d at most together", id.Issuer(), longest, maxTextBytes)
	}
	return nil
}
