package adapter

import "strings"

// Host is the name under which core asks a [Request] for the requested host.
const Host = "Host"

// Head is the head of a request as it was received, without the request line. It
// is for frameworks that lose something when they parse it: Fiber's parsed
// headers contain the trailers, and one of several Host lines.
type Head string

// Value returns the i-th value of a header, counted from 0, and whether there is
// one. The name may have any case. White space around the value is not part of it
// (RFC 9110 section 5.5). A value that is folded over several lines contains the
// line end, so that core refuses it (RFC 9112 section 5.2).
func (h Head) Value(name string, i int) (value string, found bool) {
	for h != "" {
		var line string
		if line, h = h.cut(); line == "" || line == "\r" {
			break // the head ends with an empty line
		}
		key, value, ok := strings.Cut(line, ":")
		// Without the length, letters beyond ASCII would equal those of the name.
		if !ok || len(key) != len(name) || !strings.EqualFold(key, name) {
			continue
		}
		if i == 0 {
			return strings.Trim(value, " \t\r"), true
		}
		i--
	}
	return "", false
}

// HasTrailers reports whether fields may have followed the body, which then do
// not count as headers (RFC 9110 section 6.5.1): the body was sent in chunks.
func (h Head) HasTrailers() bool {
	_, ok := h.Value("Transfer-Encoding", 0)
	return ok
}

// cut returns the first line, with the lines that continue it, and the rest.
func (h Head) cut() (line string, rest Head) {
	end := 0
	for {
		n := strings.IndexByte(string(h[end:]), '\n')
		if n < 0 {
			return string(h), ""
		}
		end += n + 1
		if end == len(h) || h[end] != ' ' && h[end] != '\t' {
			return string(h[:end-1]), h[end:]
		}
	}
}
