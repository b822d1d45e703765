package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// answer is what came back.
type answer struct {
	failure error // nothing did
	status  int
	header  http.Header
	body    string
	code    string // `error` in the body
	hint    string // `clerk_error` in the body

	surprises []string
}

func read(res *http.Response) answer {
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return answer{failure: err}
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(body)}
	var refusal struct {
		Error string          `json:"error"`
		Hint  json.RawMessage `json:"clerk_error"`
	}
	if json.Unmarshal(body, &refusal) == nil { // otherwise there is no code in it
		a.code, a.hint = refusal.Error, string(refusal.Hint)
	}
	return a
}

// line returns a header as it came, also when it came more than once.
func (a answer) line(name string) string { return strings.Join(a.header.Values(name), " | ") }

// check returns what is not as wanted.
func (w want) check(a answer) []string {
	if a.failure != nil {
		return []string{"no answer: " + a.failure.Error()}
	}
	var surprises []string
	compare := func(what, expected, came string) {
		if expected != came {
			surprises = append(surprises, fmt.Sprintf("%s: expected %s, came %s", what, orNothing(expected), orNothing(came)))
		}
	}
	compare("status", strconv.Itoa(w.status), strconv.Itoa(a.status))
	compare("WWW-Authenticate", w.challenge, a.line("WWW-Authenticate"))
	compare("error in the body", w.code, a.code)
	if w.hint != a.hint && !sameJSON(w.hint, a.hint) {
		compare("clerk_error in the body", w.hint, a.hint)
	}
	if w.body != "" && !sameJSON(w.body, a.body) {
		compare("body", w.body, strings.TrimSpace(a.body))
	}
	if w.code != "" {
		compare("Content-Type", "application/json", a.line("Content-Type"))
		compare("Cache-Control", "no-store", a.line("Cache-Control"))
	}
	switch seconds, err := strconv.Atoi(a.line("Retry-After")); {
	case w.retry && (err != nil || seconds <= 0):
		compare("Retry-After", "a number of seconds", a.line("Retry-After"))
	case !w.retry:
		compare("Retry-After", "", a.line("Retry-After"))
	}
	return surprises
}

// differences returns in what an answer that is as wanted differs from another
// API's: what was left open must still be the same.
func (a answer) differences(other answer, name string) []string {
	var found []string
	if !sameJSON(a.body, other.body) {
		found = append(found, fmt.Sprintf("body: %s answers %s, this %s", name, other.body, a.body))
	}
	if x, y := other.line("Retry-After"), a.line("Retry-After"); x != y {
		found = append(found, fmt.Sprintf("Retry-After: %s answers %s, this %s", name, x, y))
	}
	return found
}

func sameJSON(x, y string) bool {
	var a, b any
	return json.Unmarshal([]byte(x), &a) == nil && json.Unmarshal([]byte(y), &b) == nil && reflect.DeepEqual(a, b)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
