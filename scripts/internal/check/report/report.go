// Package report is what `authkeel check` found: rows, and the ways to show them.
package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Status is how a try ended.
type Status string

// The ways a try ends. Only Failed makes the check fail.
const (
	OK       Status = "ok"
	Failed   Status = "fail"
	Warned   Status = "warn"      // not as it should be, and no hole
	Info     Status = "info"      // worth knowing
	NotTried Status = "not tried" // and the reason says what it would take
)

// Row is one try.
type Row struct {
	ID     string `json:"id"`    // stable, for programs
	Check  string `json:"check"` // in words
	Route  string `json:"route,omitempty"`
	Status Status `json:"status"`
	Reason string `json:"reason"`           // what happened
	Remedy string `json:"remedy,omitempty"` // what to do about it
}

// Report is a whole check.
type Report struct {
	Server   string `json:"server"`
	Provider string `json:"provider,omitempty"`
	Rows     []Row  `json:"rows"`
}

// Add appends a row.
func (r *Report) Add(row Row) { r.Rows = append(r.Rows, row) }

// Count is the number of rows that ended so.
func (r *Report) Count(s Status) int {
	n := 0
	for _, row := range r.Rows {
		if row.Status == s {
			n++
		}
	}
	return n
}

// Passed reports whether nothing failed and something was tried.
func (r *Report) Passed() bool { return r.Count(Failed) == 0 && r.Count(OK) > 0 }

// Summary is the last line.
func (r *Report) Summary() string {
	parts := []string{fmt.Sprintf("%d ok", r.Count(OK)), fmt.Sprintf("%d failed", r.Count(Failed))}
	for status, words := range map[Status][2]string{Warned: {"warning", "warnings"}} {
		if n := r.Count(status); n == 1 {
			parts = append(parts, "1 "+words[0])
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words[1]))
		}
	}
	if n := r.Count(NotTried); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not tried", n))
	}
	verdict := "PASSED"
	if !r.Passed() {
		verdict = "FAILED"
	}
	return verdict + ": " + strings.Join(parts, ", ") + "."
}

// Text writes the table. Neighbours that are alike and well are one line.
func (r *Report) Text(w io.Writer) {
	rows := fold(r.Rows)
	checkWidth, routeWidth := 0, 0
	for _, row := range rows {
		checkWidth = max(checkWidth, utf8.RuneCountInString(row.Check))
		routeWidth = max(routeWidth, min(40, utf8.RuneCountInString(row.Route)))
	}
	for _, row := range rows {
		status := string(row.Status)
		if row.Status == Failed {
			status = "FAIL"
		}
		line := fmt.Sprintf("%-9s  %-*s  %-*s  %s", status, checkWidth, row.Check, routeWidth, row.Route, row.Reason)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		if row.Remedy != "" {
			fmt.Fprintf(w, "%-9s  -> %s\n", "", row.Remedy)
		}
	}
	fmt.Fprintf(w, "\n%s\n", r.Summary())
}

func fold(rows []Row) []Row {
	var out []Row
	count := 1
	for _, row := range rows {
		if n := len(out) - 1; n >= 0 && row.Status == OK && out[n].Status == OK && out[n].ID == row.ID && out[n].Reason == row.Reason {
			count++
			out[n].Route = fmt.Sprintf("%d routes", count)
			continue
		}
		out, count = append(out, row), 1
	}
	return out
}

// JSON writes the report as one JSON object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Version int  `json:"version"`
		Passed  bool `json:"passed"`
		*Report
		Summary map[string]int `json:"summary"`
	}{1, r.Passed(), r, map[string]int{
		"ok": r.Count(OK), "fail": r.Count(Failed), "warn": r.Count(Warned), "note": r.Count(Info), "not_tried": r.Count(NotTried),
	}})
}

type suite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Cases    []testcase `xml:"testcase"`
}

type testcase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Failure *message `xml:"failure,omitempty"`
	Skipped *message `xml:"skipped,omitempty"`
	Out     string   `xml:"system-out,omitempty"`
}

type message struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as CI systems read it.
func (r *Report) JUnit(w io.Writer) error {
	s := suite{Name: "authkeel check", Tests: len(r.Rows), Failures: r.Count(Failed), Skipped: r.Count(NotTried)}
	for _, row := range r.Rows {
		c := testcase{Class: "authkeel." + row.ID, Name: strings.TrimSpace(row.Check + " " + row.Route)}
		switch row.Status {
		case Failed:
			c.Failure = &message{Message: row.Reason, Text: row.Remedy}
		case NotTried:
			c.Skipped = &message{Message: row.Reason}
		case OK, Warned, Info:
			c.Out = strings.TrimSpace(fmt.Sprintf("%s: %s %s", row.Status, row.Reason, row.Remedy))
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
