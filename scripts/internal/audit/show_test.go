package audit

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// found is a result with one of each finding, in a file whose name a URI has to
// escape.
func found() *result {
	open := authroutes.Route{Method: "GET", Path: "/open", Access: "public"}
	return &result{
		Routes: []authroutes.Route{open, {Method: "GET", Path: "/late", Access: "public", Problem: "it is checked too late"}},
		File:   "my api/100%/auth.routes",
		Differences: []authroutes.Difference{
			{Kind: authroutes.Changed, Route: open, Was: "token", Line: 7},
			{Kind: authroutes.New, Route: authroutes.Route{Method: "PUT", Path: "/x", Access: "token"}},
			{Kind: authroutes.Gone, Route: authroutes.Route{Method: "GET", Path: "/gone", Access: "public"}, Was: "public", Line: 9},
		},
		Operations: []finding{{"GET /<a>", 12, "the document says that everybody may call it, and the route asks for: token"}},
	}
}

// sarifLog has what SARIF 2.1.0 (OASIS Standard, sections 3.13 to 3.28) requires of a
// log, and what GitHub's code scanning reads.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name           string      `json:"name"`
				Version        string      `json:"version"`
				InformationURI string      `json:"informationUri"`
				Rules          []sarifRule `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		Results []struct {
			RuleID       string            `json:"ruleId"`
			Level        string            `json:"level"`
			Message      sarifText         `json:"message"`
			Fingerprints map[string]string `json:"partialFingerprints"`
			Locations    []struct {
				Physical struct {
					Artifact struct {
						URI string `json:"uri"`
					} `json:"artifactLocation"`
					Region struct {
						StartLine int `json:"startLine"`
					} `json:"region"`
				} `json:"physicalLocation"`
			} `json:"locations"`
		} `json:"results"`
	} `json:"runs"`
}

type sarifRule struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Short   sarifText `json:"shortDescription"`
	Full    sarifText `json:"fullDescription"`
	Help    sarifText `json:"help"`
	HelpURI string    `json:"helpUri"`
	Default struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
}

type sarifText struct {
	Text string `json:"text"`
}

func TestSARIF(t *testing.T) {
	missing := &result{File: "auth.routes", Missing: true, Differences: found().Differences}
	for _, tt := range []struct {
		name  string
		r     *result
		rules []string // of the results
		lines []int
		uri   string
	}{
		{"findings", found(), []string{"route-problem", "route-open", "route-changed", "route-changed", "operation-security"}, []int{1, 7, 1, 9, 12}, "my%20api/100%25/auth.routes"},
		{"no file", missing, []string{"routes-missing"}, []int{1}, "auth.routes"},
		{"nothing", &result{File: "auth.routes"}, nil, nil, ""},
		{"outside", &result{File: "../a:b.yaml", Missing: true}, []string{"routes-missing"}, []int{1}, "../a:b.yaml"},
		{"a colon", &result{File: "a:b.yaml", Missing: true}, []string{"routes-missing"}, []int{1}, "./a:b.yaml"},
	} {
		var text bytes.Buffer
		if err := tt.r.sarif(&text); err != nil {
			t.Fatal(err)
		}
		var got sarifLog
		d := json.NewDecoder(&text)
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got.Version != "2.1.0" || len(got.Runs) != 1 || got.Schema == "" || got.Runs[0].Tool.Driver.Name == "" || got.Runs[0].Tool.Driver.Version == "" || got.Runs[0].Results == nil {
			t.Fatalf("%s: got %+v", tt.name, got)
		}
		run := got.Runs[0]
		var known, rules, prints []string
		for _, rule := range run.Tool.Driver.Rules {
			if rule.ID == "" || rule.Name == "" || rule.Short.Text == "" || rule.Full.Text == "" || rule.Help.Text == "" || rule.HelpURI == "" || slices.Contains(known, rule.ID) {
				t.Errorf("%s: got the rule %+v", tt.name, rule)
			}
			known = append(known, rule.ID)
		}
		var lines []int
		for _, r := range run.Results {
			if !slices.Contains(known, r.RuleID) || r.Level != "error" || r.Message.Text == "" || len(r.Locations) != 1 || len(r.Fingerprints) != 1 {
				t.Fatalf("%s: got the result %+v", tt.name, r)
			}
			rules = append(rules, r.RuleID)
			place := r.Locations[0].Physical
			lines = append(lines, place.Region.StartLine)
			if u, err := url.Parse(place.Artifact.URI); err != nil || u.Scheme != "" || place.Artifact.URI != tt.uri {
				t.Errorf("%s: got the URI %q, %v, want %q", tt.name, place.Artifact.URI, err, tt.uri)
			}
			for _, print := range r.Fingerprints {
				if slices.Contains(prints, print) {
					t.Errorf("%s: the fingerprint %q is there twice", tt.name, print)
				}
				prints = append(prints, print)
			}
		}
		if !slices.Equal(rules, tt.rules) || !slices.Equal(lines, tt.lines) {
			t.Errorf("%s: got %v at %v, want %v at %v", tt.name, rules, lines, tt.rules, tt.lines)
		}
	}
}

// TestSARIFIsWritten also when something is wrong, which is when it is read.
func TestSARIFIsWritten(t *testing.T) {
	o := options{sarif: filepath.Join(t.TempDir(), "audit.sarif")}
	if err := o.show(found(), cli.IO{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(o.sarif); err != nil || !json.Valid(text) {
		t.Errorf("got %q, %v", text, err)
	}
	o.sarif = filepath.Join(t.TempDir(), "no", "folder")
	if err := o.show(found(), cli.IO{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err == nil {
		t.Error("a file that cannot be written is no error")
	}
}

func TestJSON(t *testing.T) {
	for _, tt := range []struct {
		name   string
		r      *result
		passed bool
	}{
		{"findings", found(), false},
		{"nothing", &result{File: "auth.routes", Routes: found().Routes[:1]}, true},
		{"no file", &result{File: "auth.routes", Missing: true}, false},
		{"a problem", &result{File: "auth.routes", Routes: found().Routes}, false},
		{"a difference", &result{File: "auth.routes", Differences: found().Differences}, false},
		{"an operation", &result{File: "auth.routes", Operations: found().Operations}, false},
	} {
		var out bytes.Buffer
		o := options{json: true}
		if err := o.show(tt.r, cli.IO{Out: &out, Err: &bytes.Buffer{}}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\\u003c") {
			t.Errorf("%s: got escaped characters in %s", tt.name, &out)
		}
		var got struct {
			Version     int
			Passed      bool
			File        string
			Missing     bool
			Routes      []authroutes.Route
			Differences []authroutes.Difference
			Operations  []finding
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got.Version != 1 || got.Passed != tt.passed || got.File != tt.r.File || got.Missing != tt.r.Missing || !slices.Equal(got.Routes, tt.r.Routes) ||
			!slices.Equal(got.Differences, tt.r.Differences) || !slices.Equal(got.Operations, tt.r.Operations) {
			t.Errorf("%s: got %+v, want what the result has and passed=%v", tt.name, got, tt.passed)
		}
	}
}
