package gosource

import "go/ast"

// made notes a function literal, which may be handed to code that is not followed.
func (s *search) made(fun function) function {
	if !s.knownLiteral[fun.literal] && s.matters(fun.literal) {
		s.knownLiteral[fun.literal] = true
		s.pending = append(s.pending, fun)
	}
	return fun
}

// matters reports whether a piece of code touches a router, or calls code that does.
func (s *search) matters(n ast.Node) bool {
	if known, ok := s.matter[n]; ok {
		return known
	}
	s.matter[n] = s.touches(n) || s.mentionsRelevant(n)
	return s.matter[n]
}

func (s *search) mentionsRelevant(n ast.Node) bool {
	for d := range s.mentions(n) {
		if s.relevant[d] {
			return true
		}
	}
	return false
}

// walked notes that a literal was called.
func (s *search) walked(l *ast.FuncLit) { s.called[l] = true }

// literals walks the literals that nothing called: a callback of a library, the Run of
// a command. Their parameters are not known.
func (s *search) literals() {
	for len(s.pending) > 0 {
		fun := s.pending[0]
		s.pending = s.pending[1:]
		if !s.called[fun.literal] {
			s.enter(fun, nil)
		}
	}
}
