package core

import (
	"strings"

	"github.com/authkeel/authkeel/core/adapter"
)

// blanks are what other readers trim, net/http among them: a cookie that they
// find must not be overlooked here.
const blanks = " \t\r\n"

// cookie returns the value of the cookie and how many cookies of the name there
// are, over all Cookie lines (RFC 6265 section 4.2). Reading goes on after the
// first, because two readers may disagree on which one counts.
func cookie(r adapter.Request, name string) (value string, n int) {
	for i := 0; ; i++ {
		line, ok := r.Header("Cookie", i)
		if !ok {
			return value, n
		}
		for pair := range strings.SplitSeq(line, ";") {
			k, v, _ := strings.Cut(pair, "=")
			if strings.Trim(k, blanks) != name {
				continue
			}
			v = strings.Trim(v, blanks)
			if len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' {
				v = v[1 : len(v)-1]
			}
			value, n = v, n+1
		}
	}
}
