package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// JSON writes the report as one JSON object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Version int     `json:"version"`
		Passed  bool    `json:"passed"`
		Verdict Verdict `json:"verdict"`
		*Report
		Summary map[string]int `json:"summary"`
	}{1, r.Passed(), r.Verdict(), r, map[string]int{
		"ok": r.Count(OK), "fail": r.Count(Failed), "warn": r.Count(Warned), "info": r.Count(Info), "not_tried": r.Count(NotTried), "gaps": r.Gaps(),
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

// JUnit writes the report as JUnit XML, which CI systems read.
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
