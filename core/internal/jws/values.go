package jws

import (
	"math"
	"strconv"
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

// AppendAudience appends the entries of `aud`: a string or an array of strings
// (RFC 7519 section 4.1.3). Empty strings name nobody and are left out, so that
// an audience can name nobody at all. It reports false for anything else.
func AppendAudience(dst []string, v strictjson.Value) ([]string, bool) {
	if v.Kind() == strictjson.String {
		text, ok := v.Text()
		if text != "" {
			dst = append(dst, text)
		}
		return dst, ok
	}
	var buf [8]strictjson.Value
	elements, ok := v.Elements(buf[:0])
	for _, e := range elements {
		text, isText := e.Text()
		if !isText {
			return nil, false
		}
		if text != "" {
			dst = append(dst, text)
		}
	}
	return dst, ok
}

// Actor is what `act` says (RFC 8693 section 4.1).
type Actor struct {
	Subject   string
	Issuer    string
	SessionID string
	Type      string
	Prior     *Actor // who acted before, when `act` is nested; nil: nobody
}

// actor reads `act`, nested ones too. It is strict, because the reader of the
// result decides who is really acting: a member that is there and is not of its
// type makes the whole unreadable.
func actor(v strictjson.Value) (*Actor, bool) {
	var buf [8]strictjson.Member
	members, ok := v.Members(buf[:0])
	if !ok {
		return nil, false
	}
	a := new(Actor)
	for _, m := range members {
		if m.Value.Kind() == strictjson.Null {
			continue
		}
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
		case "act":
			a.Prior, ok = actor(m.Value)
		}
		if !ok {
			return nil, false
		}
	}
	return a, true
}
