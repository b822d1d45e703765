package gosource

import (
	"net/http"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// emit makes the list of routes: of every router that is not mounted in another one,
// and of those that are mounted in it.
func (s *search) emit() {
	for _, t := range s.tables {
		if !t.mounted {
			s.emitTable(t, func(p string) string { return p }, "", nil, 0)
		}
	}
	s.list.Routes = routes.Unique(s.list.Routes)
}

// maxMounts is how deep routers are mounted in routers.
const maxMounts = 20

func (s *search) emitTable(t *table, below func(string) string, why string, unknown []string, depth int) {
	if t.unknown != "" {
		why = t.unknown
	}
	for _, e := range t.entries {
		s.emitEntry(t, e, below(e.path.s), why, append(unknown[:len(unknown):len(unknown)], e.path.unknown...))
	}
	if depth == maxMounts {
		return
	}
	for _, m := range t.mounts {
		inside := func(p string) string { return below(join(t.kind, m.prefix.s, p)) }
		if m.as {
			inside = func(p string) string { return strings.TrimSuffix(m.prefix.s, "/") + p }
		}
		s.emitTable(m.table, inside, why, append(unknown[:len(unknown):len(unknown)], m.prefix.unknown...), depth+1)
	}
}

func (s *search) emitEntry(t *table, e entry, path, why string, unknown []string) {
	path = rooted(path)
	if why != "" {
		s.missRoute(e, path, why)
		return
	}
	filled, guess := fill(t.kind, path)
	r := routes.Route{Method: e.method, Path: filled, Template: path, Host: e.host, Access: routes.Unknown, Bearer: true, From: s.place(e.at)}
	if guess != "" {
		r.Guess = "no value for " + guess + " is known"
	}
	if len(unknown) > 0 {
		r.Guess = unknown[0] + " is only known at run time, and was taken as empty"
	}
	if r.Method == http.MethodConnect || r.Method == http.MethodTrace {
		return // clients and proxies refuse to send them
	}
	s.list.Routes = append(s.list.Routes, r)
}

// missRoute reports a route whose beginning is not known.
func (s *search) missRoute(e entry, path, why string) {
	s.miss(e.at, e.method+" …"+path, why)
}
