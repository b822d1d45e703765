package strictjson

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// names is the set of member names of one object, compared as encoding/json
// compares them: without regard to case. The first few are kept in place, so
// that an ordinary object costs no allocation; a long one goes to a map, so
// that ten thousand names cost no ten thousand squared comparisons.
type names struct {
	n      int
	filter uint64 // a bit for each hash: most names are new, and seen to be so at once
	hashes [24]uint32
	first  [24]string
	rest   map[string]struct{}
}

// add reports whether name was new.
func (s *names) add(name string) bool {
	h := foldHash(name)
	if bit := uint64(1) << (h * 0x9E3779B1 >> 26); s.filter&bit == 0 {
		s.filter |= bit
	} else {
		for i := range min(s.n, len(s.first)) {
			if s.hashes[i] == h && strings.EqualFold(s.first[i], name) {
				return false
			}
		}
	}
	if s.n < len(s.first) {
		s.hashes[s.n], s.first[s.n] = h, name
		s.n++
		return true
	}
	folded := Fold(name)
	if _, ok := s.rest[folded]; ok {
		return false
	}
	if s.rest == nil {
		s.rest = make(map[string]struct{})
	}
	s.rest[folded] = struct{}{}
	return true
}

// Fold returns one spelling for all names that [strings.EqualFold] calls equal.
func Fold(name string) string {
	return strings.Map(foldRune, name)
}

// foldHash is equal for names that fold to the same spelling.
func foldHash(name string) uint32 {
	h := uint32(len("seed"))
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= utf8.RuneSelf {
			for _, r := range name[i:] {
				h = h*31 + uint32(foldRune(r))
			}
			return h
		}
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		h = h*31 + uint32(c)
	}
	return h
}

// foldRune returns the smallest rune that differs from r in case alone: K for
// k and for the Kelvin sign.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
