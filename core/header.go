package core

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// maxKeyIDBytes bounds `kid` before it is looked up anywhere.
const maxKeyIDBytes = 256

// header is what a JOSE header says (RFC 7515 section 4).
type header struct {
	text          string // JSON
	alg, kid, typ string
	hasKid        bool
	hasTyp        bool
}

// readHeader decodes the header, or takes it from one that was seen.
func (e *envelope) readHeader(seen *seenHeaders) *Error {
	if h := seen.get(e.header64); h != nil {
		e.header = *h
		return nil
	}
	var err *Error
	if e.text, err = decode64(e.header64); err != nil {
		return err
	}
	return e.read()
}

// read reads the parameters that decide something. Those it does not
// know are ignored, among them jku, jwk, x5u and x5c, which would let the token
// choose its own key (RFC 8725 section 3.10).
func (h *header) read() *Error {
	var buf [8]strictjson.Member
	members, err := strictjson.Parse(h.text, buf[:0])
	if err != nil {
		return jsonError(err)
	}
	for _, m := range members {
		ok := true
		switch m.Name {
		case "alg":
			h.alg, ok = m.Value.Text()
		case "kid":
			if h.kid, h.hasKid = m.Value.Text(); !h.hasKid || !validKeyID(h.kid) {
				return errKeyID
			}
		case "typ":
			h.typ, h.hasTyp = m.Value.Text()
			ok = h.hasTyp
		case "crit", "b64", "zip", "cty":
			// Understanding none of them, we must not act as if we did: RFC 7515
			// section 4.1.11, RFC 7797, RFC 7516, RFC 7519 section 5.2.
			return errCritical
		default:
			if disguised(m.Name, headerNames) {
				return errCase
			}
		}
		if !ok {
			return errHeaderType(m.Name)
		}
	}
	return nil
}

func errHeaderType(name string) *Error {
	if name == "alg" {
		return errAlgorithm
	}
	return errType
}

// validKeyID keeps out what has no business in a key id, before it reaches a
// map, a log or a fetch.
func validKeyID(kid string) bool {
	if kid == "" || len(kid) > maxKeyIDBytes {
		return false
	}
	return strings.IndexFunc(kid, unicode.IsControl) < 0
}

// acceptsType compares `typ`: media types have no case, and RFC 7515 section
// 4.1.9 lets "application/" be left out. An empty `typ` is not an absent one.
func (is *issuer) acceptsType(e *envelope) bool {
	if e.hasTyp && e.typ == "" {
		return false
	}
	typ := typeName(e.typ)
	return slices.ContainsFunc(is.types, func(t string) bool {
		return len(t) == len(typ) && strings.EqualFold(t, typ) // of equal length: no other alphabet
	})
}

func typeName(typ string) string {
	const application = "application/"
	if len(typ) > len(application) && strings.EqualFold(typ[:len(application)], application) &&
		!strings.Contains(typ[len(application):], "/") {
		return typ[len(application):]
	}
	return typ
}

// seenHeaders remembers headers under which signatures held. A key signs all its
// tokens under one header, so reading it again each time is wasted: an
// allocation and 2 % of verifying EdDSA (BenchmarkVerify/EdDSA/uncached).
type seenHeaders struct {
	seed  maphash.Seed
	slots [8]atomic.Pointer[seenHeader]
}

type seenHeader struct {
	encoded string
	header
}

// maxSeenHeader bounds what is remembered; others are read each time.
const maxSeenHeader = 1024

func (s *seenHeaders) slot(encoded string) *atomic.Pointer[seenHeader] {
	return &s.slots[maphash.String(s.seed, encoded)%uint64(len(s.slots))]
}

func (s *seenHeaders) get(encoded string) *header {
	if len(encoded) > maxSeenHeader {
		return nil
	}
	if h := s.slot(encoded).Load(); h != nil && h.encoded == encoded {
		return &h.header
	}
	return nil
}

// put remembers the header of a token whose signature held: nobody else can
// push one out.
func (s *seenHeaders) put(e *envelope) {
	if len(e.header64) > maxSeenHeader {
		return
	}
	if slot := s.slot(e.header64); slot.Load() == nil || slot.Load().encoded != e.header64 {
		slot.Store(&seenHeader{strings.Clone(e.header64), e.header}) // the token may be the framework's memory
	}
}

// The names that are read, in one spelling. A member that differs from one of
// them in case alone is refused: encoding/json would read it as that member.
var (
	headerNames = folded("alg", "kid", "typ", "crit", "b64", "zip", "cty")
	claimNames  = folded("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "client_id",
		"sid", "cnf", "act", "auth_time")
)

func folded(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[strictjson.Fold(n)] = true
	}
	return set
}

// disguised reports whether name, which is none of the names of set, is one of
// them in another case.
func disguised(name string, set map[string]bool) bool {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' || c >= 0x80 {
			return set[strictjson.Fold(name)]
		}
	}
	return false
}
