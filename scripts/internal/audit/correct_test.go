package audit

import (
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

const correctHead = "openapi: 3.1.0\ncomponents: {securitySchemes: {login: {type: oauth2, flows: {}}}}\n"

// TestCorrectYAML has the ways in which people write operations. GET asks for a scope,
// POST is public.
func TestCorrectYAML(t *testing.T) {
	const (
		get  = "      security:\n        - login: [\"s\"]\n"
		post = "      security: []\n"
	)
	for _, tt := range []struct{ name, operations, want string }{
		{"none", "    get:\n      tags: []\n", "    get:\n" + get + "      tags: []\n"},
		{"comment after the method", "    get: # mine\n      tags: []\n", "    get: # mine\n" + get + "      tags: []\n"},
		{"flow over lines", "    get:\n      security: [\n        {login: []},\n      ]\n      tags: []\n", "    get:\n" + get + "      tags: []\n"},
		{"flow that ends at the margin", "    get:\n      tags: []\n      security: [\n        {login: []}\n]\n", "    get:\n      tags: []\n" + get},
		{"scopes over lines", "    get:\n      security:\n        - login: [\n          a,\n          b\n        ]\n      tags: []\n", "    get:\n" + get + "      tags: []\n"},
		{"items at the margin of the name", "    get:\n      security:\n      - login: []\n      - {}\n      tags: []\n", "    get:\n" + get + "      tags: []\n"},
		{"comments around", "    get:\n      # above\n      security: # beside\n        # inside\n        - login: []\n\n      # below\n      tags: []\n",
			"    get:\n      # above\n      security: # beside\n        - login: [\"s\"]\n\n      # below\n      tags: []\n"},
		{"quoted names", "    \"get\":\n      \"tags\": []\n      'security': []\n", "    \"get\":\n      \"tags\": []\n" + get},
		{"a name alone", "    get:\n      security:\n      tags: []\n", "    get:\n" + get + "      tags: []\n"},
		{"the last line without an end", "    get:\n      tags: []\n      security: []", "    get:\n      tags: []\n" + strings.TrimSuffix(get, "\n")},
		{"text that looks like it", "    get:\n      description: |\n        security:\n          - nothing\n      security: []\n      summary: 'a\n        security: b'\n",
			"    get:\n      description: |\n        security:\n          - nothing\n" + get + "      summary: 'a\n        security: b'\n"},
		{"both", "    post:\n      tags: []\n      security:\n        - login: []\n    get:\n      security: []\n", "    post:\n      tags: []\n" + post + "    get:\n" + get},
		{"right", "    get:\n      security: [{login: [s]}]\n    post:\n      security: []\n", "    get:\n      security: [{login: [s]}]\n    post:\n      security: []\n"},
		{"merged", "    get:\n      <<: *common\n      tags: []\n", "    get:\n" + get + "      <<: *common\n      tags: []\n"},
		{"merged, and its own", "    get:\n      <<: *common\n      security: []\n", "    get:\n      <<: *common\n" + get},
		{"merged from several", "    get:\n      <<: [*common, *other]\n", "    get:\n" + get + "      <<: [*common, *other]\n"},
		{"letters of other scripts", "    get:\n      summary: \"\u00e4\u4e16\U0001f600\"\n      security: []\n", "    get:\n      summary: \"\u00e4\u4e16\U0001f600\"\n" + get},
	} {
		head := correctHead + "x-common: &common\n  security: [{login: [other]}]\n  summary: c\nx-other: &other {deprecated: true}\npaths:\n  /x:\n"
		for _, end := range []string{"\n", "\r\n"} {
			text, want := strings.ReplaceAll(head+tt.operations, "\n", end), strings.ReplaceAll(head+tt.want, "\n", end)
			got, err := correct([]byte(text))
			if err != nil || string(got) != want {
				t.Errorf("%s: got %v\n%s\nwant\n%s", tt.name, err, strings.TrimPrefix(string(got), head), tt.want)
			}
		}
	}
}

// TestCorrectNeverChangesAnotherOperation has operations whose text is that of another
// one as well: the correction is left to a person.
func TestCorrectNeverChangesAnotherOperation(t *testing.T) {
	for name, operations := range map[string]string{
		"an anchor on the operation": "    get: &o\n      tags: []\n    put: *o\n",
		"an anchor on the path":      "    get:\n      tags: []\n  /y: *p\n",
		"an alias":                   "    put: &o\n      tags: []\n    get: *o\n",
		"braces":                     "    get: {tags: []}\n",
		"a name after a question":    "    get:\n      ? tags\n      : []\n      ? security\n      : []\n",
	} {
		text := correctHead + "paths:\n  /x: &p\n" + operations
		if !strings.Contains(name, "path") {
			text = strings.Replace(text, " &p", "", 1)
		}
		if got, err := correct([]byte(text)); err == nil || !strings.Contains(err.Error(), "do it by hand") {
			t.Errorf("%s: got %v\n%s\nwant an error", name, err, got)
		}
	}
}

var correctRoutes = []authroutes.Route{
	{Method: "GET", Path: "/x", Access: `token, scope "s"`}, {Method: "POST", Path: "/x", Access: "public"}, {Method: "PUT", Path: "/x", Access: "public"},
}

// correct corrects a document for the routes.
func correct(text []byte) ([]byte, error) {
	d, err := newDocument(text)
	if err != nil {
		return nil, err
	}
	d.compare(&result{Routes: correctRoutes})
	return d.corrected()
}

// FuzzCorrect: a document that is corrected differs in the security of operations
// alone, and needs no other correction.
func FuzzCorrect(f *testing.F) {
	for _, operations := range []string{
		"    get:\n      tags: []\n      security:\n      - login: []\n      # end\n", "    get:\n      security: [\n  ]\n    post: {}\n",
		"    get:\n      description: >\n        a\n      security: {}\n", "    get: &a\n      <<: {tags: []}\n    post: *a\n", "    get:\n      security: !!seq []\n      x: \"\n\n        b\"\n",
	} {
		f.Add([]byte(correctHead + "paths:\n  /x:\n" + operations))
	}
	f.Add([]byte(`{"openapi":"3.0.3","components":{"securitySchemes":{"b":{"type":"http","scheme":"bearer"}}},"paths":{"/x":{"get":{"security":[],"a":1},"post":{}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := correct(text)
		if err != nil {
			return
		}
		before, ok := withoutSecurity(text)
		if after, okAfter := withoutSecurity(got); ok && (!okAfter || !reflect.DeepEqual(before, after)) {
			t.Errorf("got\n%s\nfor\n%s\nwhich changes more than its security", got, text)
		}
		again, err := newDocument(got)
		if err != nil {
			t.Fatal(err)
		}
		if again.compare(&result{Routes: correctRoutes}); len(again.changes) > 0 {
			t.Errorf("got\n%s\nfor\n%s\nwhich needs another correction", got, text)
		}
	})
}

// withoutSecurity reads a document with another reader, and takes the security of its
// operations away.
func withoutSecurity(text []byte) (root map[string]any, ok bool) {
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, false
	}
	paths, _ := root["paths"].(map[string]any)
	for _, item := range paths {
		operations, _ := item.(map[string]any)
		for _, method := range methods {
			if operation, isMap := operations[method].(map[string]any); isMap {
				delete(operation, "security")
			}
		}
	}
	return root, true
}
