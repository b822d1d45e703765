package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// result is what an audit found.
type result struct {
	Routes      []authroutes.Route      `json:"routes"`
	File        string                  `json:"file"`                  // that was compared with, or written
	Missing     bool                    `json:"missing,omitempty"`     // there is no such file
	Differences []authroutes.Difference `json:"differences,omitempty"` // from auth.routes
	Operations  []finding               `json:"operations,omitempty"`  // differences from an OpenAPI document
	Notes       []string                `json:"notes,omitempty"`
}

func (r *result) problems() []authroutes.Route {
	var list []authroutes.Route
	for _, route := range r.Routes {
		if route.Problem != "" {
			list = append(list, route)
		}
	}
	return list
}

func (r *result) passed() bool {
	return !r.Missing && len(r.Differences)+len(r.Operations)+len(r.problems()) == 0
}

// show prints the result, and writes the file of --sarif.
func (o *options) show(r *result, streams cli.IO) error {
	if o.sarif != "" {
		file, err := os.Create(o.sarif)
		if err != nil {
			return err
		}
		if err := errors.Join(r.sarif(file), file.Close()); err != nil {
			return err
		}
	}
	if o.json {
		e := json.NewEncoder(streams.Out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(struct {
			Version int  `json:"version"`
			Passed  bool `json:"passed"`
			*result
		}{1, r.passed(), r})
	}
	r.text(cli.NewCleaner(streams.Out), o.write)
	return nil
}

// text prints the table, then what is wrong with it.
func (r *result) text(w io.Writer, written bool) {
	for _, route := range r.Routes {
		fmt.Fprintln(w, route)
	}
	fmt.Fprintln(w)
	for _, note := range r.Notes {
		fmt.Fprintln(w, "note: "+note)
	}
	for _, route := range r.problems() {
		fmt.Fprintf(w, "PROBLEM %s: %s\n", route.Name(), route.Problem)
	}
	if !r.Missing {
		for _, d := range r.Differences {
			fmt.Fprintln(w, "DIFFERS "+d.Explain(r.File))
		}
	}
	for _, f := range r.Operations {
		fmt.Fprintf(w, "DIFFERS %s (line %d of %s): %s\n", f.Operation, f.Line, r.File, f.Text)
	}
	count := fmt.Sprintf("%d routes", len(r.Routes))
	switch {
	case r.Missing:
		fmt.Fprintf(w, "FAILED: %s, and there is no %s to compare with. Write it with --write, read it, and commit it.\n", count, r.File)
	case !r.passed():
		fmt.Fprintf(w, "FAILED: %s, %d differences, %d problems.\n", count, len(r.Differences)+len(r.Operations), len(r.problems()))
	case written:
		fmt.Fprintf(w, "PASSED: %s, and %s says so. Read what changed in it before you commit it.\n", count, r.File)
	default:
		fmt.Fprintf(w, "PASSED: %s, as %s says.\n", count, r.File)
	}
}

// rule is a kind of finding in SARIF.
type rule struct{ id, text string }

var rules = []rule{
	{"route-open", "A route answers callers without a token, and the committed file does not say so."},
	{"route-changed", "A route asks for something else than the committed file says."},
	{"route-problem", "The protection of a route does not work, or cannot be audited."},
	{"operation-security", "The security of an operation is not what its route asks for."},
	{"routes-missing", "There is no committed file to compare with."},
}

// sarif writes the findings as SARIF 2.1.0.
func (r *result) sarif(w io.Writer) error {
	type m = map[string]any
	var list []m
	add := func(id, key string, line int, text string) {
		list = append(list, m{
			"ruleId": id, "level": "error", "message": m{"text": text},
			"partialFingerprints": m{"authkeel/v1": id + " " + key},
			"locations": []m{{"physicalLocation": m{
				"artifactLocation": m{"uri": filepath.ToSlash(r.File)}, "region": m{"startLine": max(line, 1)},
			}}},
		})
	}
	for _, route := range r.problems() {
		add("route-problem", route.Name(), 1, route.Name()+": "+route.Problem)
	}
	if r.Missing {
		add("routes-missing", r.File, 1, r.File+" does not exist: write it with 'authkeel audit --write'")
	} else {
		for _, d := range r.Differences {
			id := "route-changed"
			if d.Kind != authroutes.Gone && d.Route.Open() {
				id = "route-open"
			}
			add(id, d.Route.Name(), d.Line, d.Explain(r.File))
		}
	}
	for _, f := range r.Operations {
		add("operation-security", f.Operation, f.Line, f.Operation+": "+f.Text)
	}
	if list == nil {
		list = []m{}
	}
	var described []m
	for _, rule := range rules {
		described = append(described, m{"id": rule.id, "shortDescription": m{"text": rule.text}})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(m{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []m{{
			"tool":    m{"driver": m{"name": "authkeel audit", "informationUri": "https://github.com/authkeel/authkeel", "rules": described}},
			"results": list,
		}},
	})
}
