package jwks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/internal/keyid"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

const (
	maxKeys   = 128 // in a set
	maxSameID = 4   // signature checks that one token may cost
)

// keySet is a set as it was read. It does not change; a nil set has no keys.
type keySet struct {
	keys       []*Key
	byID       map[string][]*Key // an empty list: only unusable keys have the id
	dropped    []Dropped
	duplicates []string
}

// parseSet reads a JWKS document (RFC 7517 section 5). A key that is in old
// already, by id, algorithm and material, keeps its pointer. A set without
// usable keys is no failure here.
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
	if !ok {
		return nil, &failure{"parse", `not a JSON Web Key Set: it has no array "keys"`}
	}
	if len(elements) > maxKeys {
		return nil, &failure{"too_large", fmt.Sprintf("%d keys, the limit is %d", len(elements), maxKeys)}
	}
	s := &keySet{byID: make(map[string][]*Key)}
	for _, e := range elements {
		if k, reason := parseJWK(e); reason != "" {
			s.drop(claimedID(e), reason)
		} else {
			s.add(k)
		}
	}
	s.limit()
	s.reusePointers(old)
	return s, nil
}

// claimedID is the id that a key in whatever shape gives itself.
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

// limit drops all keys under an id that has too many: a choice among them could
// only go by their order.
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

// reusePointers takes over the pointers of old and fills what depends on the pointers.
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
// of the set might help: the token has an id that no key in it has.
func (s *keySet) find(kid, alg string) (keys []*Key, known bool) {
	if s == nil {
		return nil, false
	}
	if kid == "" {
		return s.soleKey(alg), true
	}
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

// soleKey returns the key for a token that names none: the one key that fits its
// algorithm, and none when several do.
func (s *keySet) soleKey(alg string) []*Key {
	at := -1
	for i, k := range s.keys {
		if !k.Fits(alg) {
			continue
		}
		if at >= 0 {
			return nil
		}
		at = i
	}
	if at < 0 {
		return nil
	}
	return s.keys[at : at+1 : at+1]
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
