package jws

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// maxNumericDate is the end of the year 9999. A larger date is a mistake, such as
// milliseconds, or an attempt to overflow somebody's arithmetic.
const maxNumericDate = 253402300799

// numericDate reads seconds since 1970, fractions allowed (RFC 7519 section 2).
func numericDate(v strictjson.Value) (time.Time, bool) {
	if v.Kind() != strictjson.Number {
		return time.Time{}, false
	}
	if s, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return time.Unix(s, 0), -maxNumericDate <= s && s <= maxNumericDate
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.Abs(f) > maxNumericDate {
		return time.Time{}, false
	}
	s, fraction := math.Modf(f)
	return time.Unix(int64(s), int64(fraction*1e9)), true
}

// AppendAudience appends the entries of `aud`: a string or an array of strings,
// none of them empty. It reports false for anything else.
func AppendAudience(dst []string, v strictjson.Value) ([]string, bool) {
	if text, ok := v.Text(); ok {
		return append(dst, text), text != ""
	}
	var buf [8]strictjson.Value
	elements, ok := v.Elements(buf[:0])
	if !ok || len(elements) == 0 {
		return nil, false
	}
	for _, e := range elements {
		text, ok := e.Text()
		if !ok || text == "" {
			return nil, false
		}
		dst = append(dst, text)
	}
	return dst, true
}

// Actor is what `act` says (RFC 8693 section 4.1).
type Actor struct {
	Subject   string
	Issuer    string
	SessionID string
	Type      string
}

func actor(v strictjson.Value) (a Actor, ok bool) {
	var buf [8]strictjson.Member
	members, ok := v.Members(buf[:0])
	if !ok {
		return Actor{}, false
	}
	for _, m := range members {
		ok := true
		switch m.Name {
		case "sub":
			a.Subject, ok = m.Value.Text()
		case "iss":
			a.Issuer, ok = m.Value.Text()
		case "sid":
			a.SessionID, ok = m.Value.Text()
		case "type":
			a.Type, ok = m.Value.Text()
		}
		if !ok {
			return Actor{}, false
		}
	}
	return a, true
}

// AppendWords appends what a claim lists: a string split at spaces, or an array
// of strings. Anything else lists nothing.
func AppendWords(dst []string, v strictjson.Value) []string {
	if text, ok := v.Text(); ok {
		for word := range strings.SplitSeq(text, " ") {
			if word != "" {
				dst = append(dst, word)
			}
		}
		return dst
	}
	var buf [16]strictjson.Value
	elements, ok := v.Elements(buf[:0])
	if !ok {
		return dst
	}
	start := len(dst)
	for _, e := range elements {
		text, ok := e.Text()
		if !ok {
			return dst[:start]
		}
		if text != "" {
			dst = append(dst, text)
		}
	}
	return dst
}
