package clerk

import (
	"encoding/json"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// factorAge reads `fva`: two numbers, each -1 or not negative. For anything else
// it returns nil, which grants nothing.
func factorAge(raw json.RawMessage) *FactorAge {
	var ages []json.RawMessage
	if json.Unmarshal(raw, &ages) != nil || len(ages) != 2 {
		return nil
	}
	first, ok1 := number(ages[0])
	second, ok2 := number(ages[1])
	if !ok1 || !ok2 || !isAge(first) || !isAge(second) {
		return nil
	}
	return &FactorAge{first, second}
}

func isAge(minutes float64) bool { return minutes >= 0 || minutes == -1 }

// text returns the string in raw, "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if !isText(raw) || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func isText(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// number returns the number in raw. encoding/json would read null as 0.
func number(raw json.RawMessage) (float64, bool) {
	var n *float64
	if json.Unmarshal(raw, &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}

// scopes reads a list of scopes: a string split at spaces (RFC 6749 section 3.3)
// or an array of strings. For anything else it returns nil.
func scopes(raw json.RawMessage) []string {
	if isText(raw) {
		return strings.Fields(text(raw))
	}
	return names(raw)
}

// names reads roles or permissions: an array of strings, or a string, which is
// one name even with a space in it. For anything else it returns nil.
func names(raw json.RawMessage) []string {
	if isText(raw) {
		raw = json.RawMessage("[" + string(raw) + "]")
	}
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	list := make([]string, 0, len(elements))
	for _, e := range elements {
		if !isText(e) {
			return nil
		}
		if s := text(e); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// actorOf reads `act` of the Backend API as core reads the claim (RFC 8693
// section 4.1), nested ones too. It reports false for a malformed one, and when
// the actor has no name.
func actorOf(raw json.RawMessage) (core.Actor, bool) {
	a, ok := nestedActor(raw)
	if a == nil {
		return core.Actor{}, ok
	}
	return *a, ok && a.Subject != ""
}

func nestedActor(raw json.RawMessage) (*core.Actor, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	var c claims
	if json.Unmarshal(raw, &c) != nil {
		return nil, false
	}
	for _, name := range []string{"sub", "iss", "sid", "type"} {
		if c.has(name) && !isText(c[name]) {
			return nil, false
		}
	}
	prior, ok := nestedActor(c["act"])
	return &core.Actor{Subject: text(c["sub"]), Issuer: text(c["iss"]), SessionID: text(c["sid"]), Type: text(c["type"]), Prior: prior}, ok
}
