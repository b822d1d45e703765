// Package report holds the result of `authkeel check`: its rows, its verdict, and the
// formats in which they are written.
package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// Status is the result of one row.
type Status string

// The results of a row.
const (
	OK       Status = "ok"
	Failed   Status = "fail"
	Warned   Status = "warn"      // not as it should be, but no hole
	Info     Status = "info"      // worth knowing
	NotTried Status = "not tried" // the reason says what is missing
)

// Row is the result of one check on one route.
type Row struct {
	ID     string `json:"id"`    // stable, for programs
	Check  string `json:"check"` // in words
	Route  string `json:"route,omitempty"`
	Status Status `json:"status"`
	Reason string `json:"reason"`           // what happened
	Remedy string `json:"remedy,omitempty"` // what to do about it

	// Gap reports that a route of the API was not checked at all. A report with a gap
	// is incomplete.
	Gap bool `json:"gap,omitempty"`
	// SeeLog reports that the server's log explains the row.
	SeeLog bool `json:"-"`
}

// Report is the result of a whole run.
type Report struct {
	Server   string `json:"server"`
	Provider string `json:"provider,omitempty"`
	Rows     []Row  `json:"rows"`
	// TokenTried reports that the server was shown a token, good or bad, on a route
	// that asks for one.
	TokenTried bool `json:"token_tried"`
	// GapsAllowed reports that the user accepts routes that were not checked.
	GapsAllowed bool `json:"gaps_allowed,omitempty"`
}

// Add appends a row.
func (r *Report) Add(row Row) { r.Rows = append(r.Rows, row) }

// Count returns the number of rows with a status.
func (r *Report) Count(s Status) int {
	n := 0
	for _, row := range r.Rows {
		if row.Status == s {
			n++
		}
	}
	return n
}

// Gaps returns the number of routes that were not checked.
func (r *Report) Gaps() int {
	n := 0
	for _, row := range r.Rows {
		if row.Gap {
			n++
		}
	}
	return n
}

// SeeLog reports whether the server's log explains a row.
func (r *Report) SeeLog() bool {
	for _, row := range r.Rows {
		if row.SeeLog {
			return true
		}
	}
	return false
}

// Verdict is the word for a whole run.
type Verdict string

// The verdicts. Only Passed is good: a run that did not look at everything, or that
// never showed a token to the server, proves nothing about the rest.
const (
	Passed     Verdict = "PASSED"
	Incomplete Verdict = "INCOMPLETE"
	Failure    Verdict = "FAILED"
)

// Verdict returns the word for the run.
func (r *Report) Verdict() Verdict {
	switch {
	case r.Count(Failed) > 0, r.Count(OK) == 0:
		return Failure
	case !r.TokenTried, r.Gaps() > 0 && !r.GapsAllowed:
		return Incomplete
	}
	return Passed
}

// Passed reports whether nothing failed and everything was checked.
func (r *Report) Passed() bool { return r.Verdict() == Passed }

// Summary returns the last line of the table.
func (r *Report) Summary() string {
	parts := []string{fmt.Sprintf("%d ok", r.Count(OK)), fmt.Sprintf("%d failed", r.Count(Failed))}
	if n := r.Count(Warned); n == 1 {
		parts = append(parts, "1 warning")
	} else if n > 1 {
		parts = append(parts, fmt.Sprintf("%d warnings", n))
	}
	if n := r.Count(NotTried); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not tried", n))
	}
	line := string(r.Verdict()) + ": " + strings.Join(parts, ", ") + "."
	if !r.TokenTried {
		line += " No token was tried, so nothing shows that tokens are verified."
	}
	switch n := r.Gaps(); {
	case n == 1:
		line += " 1 route was not checked."
	case n > 1:
		line += fmt.Sprintf(" %d routes, or groups of routes, were not checked.", n)
	}
	return line
}

// Text writes the table. Neighboring rows with the same good result become one line.
func (r *Report) Text(out io.Writer) {
	w := cli.NewCleaner(out)
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
