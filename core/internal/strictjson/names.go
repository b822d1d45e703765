package strictjson

// names is the set of member names of one object. Names that differ in case are
// different names (RFC 7519 section 10.1.1). The first few are kept in place, so
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
	h := hash(name)
	if bit := uint64(1) << (h * 0x9E3779B1 >> 26); s.filter&bit == 0 {
		s.filter |= bit
	} else {
		for i := range min(s.n, len(s.first)) {
			if s.hashes[i] == h && s.first[i] == name {
				return false
			}
		}
	}
	if s.n < len(s.first) {
		s.hashes[s.n], s.first[s.n] = h, name
		s.n++
		return true
	}
	if _, ok := s.rest[name]; ok {
		return false
	}
	if s.rest == nil {
		s.rest = make(map[string]struct{})
	}
	s.rest[name] = struct{}{}
	return true
}

func hash(name string) uint32 {
	h := uint32(len("seed"))
	for i := range len(name) {
		h = h*31 + uint32(name[i])
	}
	return h
}
