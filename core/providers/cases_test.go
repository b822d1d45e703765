package providers_test

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/tokens.json
var tokensJSON []byte

// tokenCase is a case of testdata/tokens.json; the README there explains it.
type tokenCase struct {
	ID, Provider, Family, About string

	Key, Algorithm, Encoding string
	Header, Claims           json.RawMessage
	Request                  map[string]string
	KeySet                   document `json:"key_set"`
	Discovery                *document
	Configure                configuration
	Want                     want
}

type document struct {
	At       string
	Document json.RawMessage
}

type configuration struct {
	Issuer         string
	IssuerTemplate string `json:"issuer_template"`
	Audiences      []string
	AnyAudience    bool `json:"any_audience"`
	Keys, Preset   string
	Parties        []string
	Party          string
	MissingSubject bool `json:"allow_missing_subject"`
	Algorithms     []string

	Roles               json.RawMessage
	Permissions, Scopes string

	BearerHeader    string `json:"bearer_header"`
	Header, Confirm string
	Revocations     bool
}

type want struct {
	Outcome  string
	Class    []string
	OrRefuse []string `json:"or_refuse"`

	Subject, Party             string
	Roles, Scopes, Permissions []string
	Actor, Organization        *string
	Authenticated              *bool
	Decoded                    map[string]string

	session string // of variants; "": not compared
}

// loadCases reads the file, and fails for whatever it does not know.
func loadCases(t *testing.T) []tokenCase {
	t.Helper()
	var cases []tokenCase
	decoder := json.NewDecoder(bytes.NewReader(tokensJSON))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if c.ID == "" || c.Provider == "" || c.Family == "" || c.About == "" || seen[c.ID] {
			t.Fatalf("case %q: it has no name or text of its own", c.ID)
		}
		seen[c.ID] = true
		w := c.Want
		switch {
		case w.Outcome == "accept" && w.Roles != nil && w.Scopes != nil && w.Permissions != nil && w.Class == nil:
		case w.Outcome == "refuse" && len(w.Class) > 0 && w.Roles == nil && w.OrRefuse == nil:
		default:
			t.Fatalf("case %q has no decision", c.ID)
		}
		for _, class := range append(w.Class, w.OrRefuse...) {
			if _, ok := classes[class]; !ok && class != "configuration" {
				t.Fatalf("case %q wants a class %q that does not exist", c.ID, class)
			}
		}
	}
	return cases
}

var (
	numberPlaceholder = regexp.MustCompile(`"\{\{((?:ms |exponent )?now(?:[+-]\d+)?)\}\}"`)
	anyPlaceholder    = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	momentPattern     = regexp.MustCompile(`^(ms |exponent |text |)now([+-]\d+)?$`)
)

// fill puts the values of a run in place of the placeholders.
func fill(t *testing.T, text string) string {
	t.Helper()
	text = numberPlaceholder.ReplaceAllString(text, "{{$1}}")
	text = anyPlaceholder.ReplaceAllStringFunc(text, func(found string) string {
		what := strings.TrimSuffix(strings.TrimPrefix(found, "{{"), "}}")
		if match := momentPattern.FindStringSubmatch(what); match != nil {
			return moment(match[1], match[2])
		}
		alias, member, ok := strings.Cut(what, ".")
		if !ok {
			t.Fatalf("placeholder %q is unknown", what)
		}
		return keyNamed(t, alias).member(t, member)
	})
	if strings.Contains(text, "{{") {
		t.Fatalf("a placeholder is left in %.200s", text)
	}
	return text
}

// started is the moment that all cases are made for.
var started = time.Now().Unix()

func moment(form, offset string) string {
	seconds, _ := strconv.ParseInt(offset, 10, 64) // "": 0
	seconds += started
	switch form {
	case "ms ":
		return strconv.FormatInt(seconds*1000, 10)
	case "exponent ":
		digits := strconv.FormatInt(seconds, 10)
		return fmt.Sprintf("%s.%se+%02d", digits[:1], digits[1:], len(digits)-1)
	}
	return strconv.FormatInt(seconds, 10)
}

// text is a member that is JSON, or a string that holds it.
func text(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return fill(t, s)
	}
	return fill(t, string(raw))
}

// token makes the token of a case.
func (c *tokenCase) token(t *testing.T) string {
	t.Helper()
	encoding := base64.RawURLEncoding
	switch c.Encoding {
	case "":
	case "padded":
		encoding = base64.URLEncoding
	default:
		t.Fatalf("encoding %q is unknown", c.Encoding)
	}
	signed := encoding.EncodeToString([]byte(text(t, c.Header))) + "." + encoding.EncodeToString([]byte(text(t, c.Claims)))
	return signed + "." + encoding.EncodeToString(sign(t, c.Key, c.Algorithm, signed))
}
