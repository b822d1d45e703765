package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

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
