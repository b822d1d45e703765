package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// report prints the table, explains each surprise below it, and returns how
// many requests had one.
func report(out io.Writer, frameworks []framework, rows []row) (surprised int, err error) {
	var text, notes strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "situation\trequest")
	for _, f := range frameworks {
		fmt.Fprint(table, "\t", f.name)
	}
	fmt.Fprint(table, "\terror\n")
	requests := 0
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s %s", r.name, r.method, r.path)
		for i, a := range r.answers {
			requests++
			cell := strconv.Itoa(a.status)
			if a.failure != nil {
				cell = "-"
			}
			if len(a.surprises) > 0 {
				surprised++
				cell += fmt.Sprintf(" (%d)", surprised)
				fmt.Fprintf(&notes, "  (%d) %s, %s %s on %s\n", surprised, r.name, r.method, r.path, frameworks[i].name)
				for _, s := range a.surprises {
					fmt.Fprintf(&notes, "      %s\n", s)
				}
			}
			fmt.Fprint(table, "\t", cell)
		}
		fmt.Fprintf(table, "\t%s\n", commonCode(r.answers))
	}
	if err := table.Flush(); err != nil {
		return surprised, err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil {
			return surprised, err
		}
	}
	if surprised > 0 {
		if _, err := fmt.Fprintf(out, "\nsurprises:\n%s", notes.String()); err != nil {
			return surprised, err
		}
	}
	_, err = fmt.Fprintf(out, "\ntour: %d requests, %d as expected\n", requests, requests-surprised)
	return surprised, err
}

// commonCode is the `error` of the answers where they agree.
func commonCode(answers []answer) string {
	for _, a := range answers {
		if a.code != answers[0].code {
			return "they differ, see below"
		}
	}
	return answers[0].code
}
