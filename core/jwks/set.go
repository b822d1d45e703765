package jwks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/internal/keyid"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

const (
	maxKeys   = 128 // of a set, the first ones
	maxSameID = 4   // signature checks that one token may cost
)

// keySet is a set as it was read. It does not change; a nil set has no keys.
type keySet struct {
	keys         []*Key
	byID         map[string][]*Key // an empty list: only unusable keys have the ID
	byAlgorithm  map[string][]*Key // the candidates for a token that names no key
	certificates bool              // at least one key names its certificate
	dropped      []Dropped
	duplicates   []string
	total        int // elements of "keys"

	// Where the document came from, and its entity tag (RFC 9110 section 8.8.3),
	// empty when there was none.
	address, etag string
}

// parseSet reads a JWKS document (RFC 7517 section 5). A key that is in old
// already keeps its pointer. A set without usable keys is no failure here.
func parseSet(doc string, old *keySet) (*keySet, *failure) {
	var buf [8]strictjson.Member
	members, err := strictjson.ParseShallow(doc, buf[:0])
	if err != nil {
		return nil, &failure{"parse", err.Error()}
	}
	var list strictjson.Value
	for _, m := range members {
		if m.Name == "keys" {
			list = m.Value
		}
	}
	elements, ok := list.Elements(nil)
	switch {
	case ok:
	case list == "":
		return nil, &failure{"parse", `not a JSON Web Key Set: it has no "keys"`}
	case list.Kind() == strictjson.Null:
		return nil, &failure{"null", `"keys" is null: the issuer publishes no key set, not even an empty one`}
	default:
		return nil, &failure{"parse", `not a JSON Web Key Set: "keys" is not an array`}
	}
	s := &keySet{byID: make(map[string][]*Key), total: len(elements)}
	for i, e := range elements {
		if i >= 2*maxKeys { // enough to say what is going on
			break
		}
		if i >= maxKeys {
			s.drop(claimedID(e), "too_many")
			continue
		}
		if k, reason := parseJWK(e); reason != "" {
			s.drop(claimedID(e), reason)
		} else {
			s.add(k)
		}
	}
	s.limit()
	s.reusePointers(old)
	s.index()
	return s, nil
}

// note says what is worth knowing of a set that can be used.
func (s *keySet) note() string {
	if s.total <= maxKeys {
		return ""
	}
	return fmt.Sprintf("the set has %d keys, of which the first %d count", s.total, maxKeys)
}

// claimedID is the key ID that a key in whatever shape gives itself.
func claimedID(v strictjson.Value) string {
	members, _ := v.Members(nil)
	for _, m := range members {
		if m.Name == "kid" {
			kid, _ := m.Value.Text()
			return kid
		}
	}
	return ""
}

func (s *keySet) drop(kid, reason string) {
	if kid != "" && keyid.Valid(kid) && s.byID[kid] == nil {
		s.byID[strings.Clone(kid)] = []*Key{}
	}
	s.dropped = append(s.dropped, Dropped{KeyID: strings.Clone(kid[:min(len(kid), keyid.MaxBytes)]), Reason: reason})
}

func (s *keySet) add(k *Key) {
	if !slices.ContainsFunc(s.keys, k.same) {
		s.keys = append(s.keys, k)
		s.byID[k.id] = append(s.byID[k.id], k)
	}
}

// limit drops all keys under a key ID that too many keys share: a choice among them
// could only go by their order.
func (s *keySet) limit() {
	s.keys = slices.DeleteFunc(s.keys, func(k *Key) bool {
		if k.id == "" || len(s.byID[k.id]) <= maxSameID {
			return false
		}
		s.dropped = append(s.dropped, Dropped{KeyID: k.id, Reason: "duplicate_key_id"})
		return true
	})
	for kid, list := range s.byID {
		if kid != "" && len(list) > maxSameID {
			s.byID[kid] = []*Key{}
		}
	}
}

// reusePointers takes over the pointers of old, and notes the key IDs that several
// keys share.
func (s *keySet) reusePointers(old *keySet) {
	for i, k := range s.keys {
		if j := slices.IndexFunc(old.list(), k.same); j >= 0 {
			s.keys[i] = old.keys[j]
			list := s.byID[k.id]
			list[slices.Index(list, k)] = old.keys[j]
		}
		if list := s.byID[k.id]; k.id != "" && len(list) > 1 && !slices.Contains(s.duplicates, k.id) {
			s.duplicates = append(s.duplicates, k.id)
		}
	}
}

func (s *keySet) list() []*Key {
	if s == nil {
		return nil
	}
	return s.keys
}

func (s *keySet) has(k *Key) bool {
	if s == nil {
		return false
	}
	return slices.Contains(s.keys, k) // few, and faster than a map: 15 ns of each cached request (BenchmarkMiddleware/cached)
}

// find returns the candidates for a token. known is false when another reading
// of the set might help: the token names a key that is not in it.
func (s *keySet) find(n name, alg string) (keys []*Key, known bool) {
	switch {
	case s == nil:
		return nil, false
	case n.kid != "":
		return s.findID(n.kid, alg)
	case n.x5t != "":
		return s.findCertificate(n.x5t, alg)
	}
	return s.byAlgorithm[alg], true
}

func (s *keySet) findID(kid, alg string) (keys []*Key, known bool) {
	list, known := s.byID[kid]
	fits := 0
	for _, k := range list {
		if k.Fits(alg) {
			fits++
		}
	}
	switch fits {
	case 0:
		return nil, known
	case len(list):
		return list[:fits:fits], true
	}
	for _, k := range list {
		if k.Fits(alg) {
			keys = append(keys, k)
		}
	}
	return keys, true
}

// findCertificate returns the keys that name this certificate. A key that names
// none is a candidate where no key does.
func (s *keySet) findCertificate(x5t, alg string) (keys []*Key, known bool) {
	if !s.certificates {
		return s.byAlgorithm[alg], true
	}
	for _, k := range s.keys {
		if !k.x5t.has(x5t) {
			continue
		}
		known = true
		if k.Fits(alg) && len(keys) < maxSameID {
			keys = append(keys, k)
		}
	}
	if known {
		return keys, true
	}
	for _, k := range s.keys {
		if k.x5t.none() && k.Fits(alg) && len(keys) < maxSameID {
			keys = append(keys, k)
		}
	}
	return keys, false
}

// index fills what depends on the pointers of the keys.
func (s *keySet) index() {
	s.byAlgorithm = make(map[string][]*Key)
	for _, k := range s.keys {
		s.certificates = s.certificates || !k.x5t.none()
		for _, alg := range k.algorithms {
			if list := s.byAlgorithm[alg]; len(list) < maxSameID {
				s.byAlgorithm[alg] = append(list, k)
			}
		}
	}
}

// except returns those of keys that are not among tried.
func except(keys, tried []*Key) (others []*Key) {
	for _, k := range keys {
		if !slices.Contains(tried, k) {
			others = append(others, k)
		}
	}
	return others
}

// differs reports whether something came, went or was dropped since old.
func (s *keySet) differs(old *keySet) bool {
	if old == nil || len(s.keys) != len(old.keys) || !slices.Equal(s.dropped, old.dropped) {
		return true
	}
	return slices.ContainsFunc(s.keys, func(k *Key) bool { return !old.has(k) })
}
