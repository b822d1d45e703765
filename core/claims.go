package core

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// claims are the members of a payload that was decoded once. Routing, checks
// and the identity all come from here.
type claims struct {
	members []strictjson.Member
	room    [24]strictjson.Member // of members, for most tokens

	iss, sub, jti, azp, clientID, sid string
	exp, nbf, iat, authTime           time.Time // zero: absent
	hasSub                            bool
	aud, act, cnf                     strictjson.Value
}

// read decodes the payload and takes the registered claims out of it. Each must
// be of its type if it is there at all (RFC 7519 section 4.1); null is not
// absent.
func (c *claims) read(payload string) *Error {
	var err error
	if c.members, err = strictjson.Parse(payload, c.room[:0]); err != nil {
		return jsonError(err)
	}
	for i := range c.members {
		m := &c.members[i]
		ok := true
		switch m.Name {
		case "iss":
			c.iss, ok = m.Value.Text()
		case "sub":
			c.sub, ok = m.Value.Text()
			c.hasSub = true
		case "jti":
			c.jti, ok = m.Value.Text()
		case "azp":
			c.azp, ok = m.Value.Text()
		case "client_id":
			c.clientID, ok = m.Value.Text()
		case "sid":
			c.sid, ok = m.Value.Text()
		case "exp":
			c.exp, ok = numericDate(m.Value)
		case "nbf":
			c.nbf, ok = numericDate(m.Value)
		case "iat":
			c.iat, ok = numericDate(m.Value)
		case "auth_time":
			c.authTime, ok = numericDate(m.Value)
		case "aud":
			c.aud = m.Value
		case "act":
			c.act = m.Value
			ok = m.Value.Kind() == strictjson.Object
		case "cnf":
			c.cnf = m.Value
		default:
			if disguised(m.Name, claimNames) {
				return errCase
			}
		}
		if !ok {
			return errClaimType
		}
	}
	return nil
}

// party is the client that the token was given to (OpenID Connect Core section
// 2, RFC 9068 section 2.2).
func (c *claims) party() string {
	if c.azp != "" {
		return c.azp
	}
	return c.clientID
}

// lastSecond is the end of the year 9999. A larger date is a mistake, such as
// milliseconds, or an attempt to overflow the arithmetic of whoever reads it.
const lastSecond = 253402300799

// numericDate reads seconds since 1970, fractions allowed (RFC 7519 section 2).
func numericDate(v strictjson.Value) (time.Time, bool) {
	if v.Kind() != strictjson.Number {
		return time.Time{}, false
	}
	if s, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return time.Unix(s, 0), -lastSecond <= s && s <= lastSecond
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.Abs(f) > lastSecond {
		return time.Time{}, false
	}
	s, fraction := math.Modf(f)
	return time.Unix(int64(s), int64(fraction*1e9)), true
}

// audience reads `aud`: a string or an array of strings, none of them empty.
func audience(v strictjson.Value, dst []string) ([]string, bool) {
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

// actor reads `act` (RFC 8693 section 4.1).
func actor(v strictjson.Value) (Actor, bool) {
	var a Actor
	var buf [8]strictjson.Member
	members, _ := v.Members(buf[:0])
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

// words reads a claim that lists roles, permissions or scopes: a string split
// at spaces, or an array of strings. Anything else grants nothing.
func words(v strictjson.Value, dst []string) []string {
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
