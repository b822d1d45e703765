package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// median returns the median of the values, without those that are NaN; NaN when
// none is left.
func median(values []float64) float64 {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(known) == 0 {
		return math.NaN()
	}
	slices.Sort(known)
	middle := len(known) / 2
	if len(known)%2 == 1 {
		return known[middle]
	}
	return (known[middle-1] + known[middle]) / 2
}

// medianOf is the median over the rounds of the figure that value returns for
// each.
func medianOf(rounds int, value func(round int) float64) float64 {
	values := make([]float64, rounds)
	for r := range values {
		values[r] = value(r)
	}
	return median(values)
}

// table is text in columns. The first column is aligned left, the others right,
// except a last column without a heading.
type table struct {
	title string // optional
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// text returns the table in columns for a terminal, or in Markdown.
func (t *table) text(markdown bool) string {
	width := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	left, between, right := "", "  ", ""
	if markdown {
		left, between, right = "| ", " | ", " |"
	}
	line := func(row []string) string {
		cells := make([]string, len(row))
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if t.alignsRight(i) {
				cells[i] = pad + cell
			} else {
				cells[i] = cell + pad
			}
		}
		return strings.TrimRight(left+strings.Join(cells, between)+right, " ") + "\n"
	}
	var b strings.Builder
	switch {
	case t.title != "" && markdown:
		fmt.Fprintf(&b, "**%s**\n\n", t.title)
	case t.title != "":
		fmt.Fprintf(&b, "%s\n\n", t.title)
	}
	b.WriteString(line(t.head))
	if markdown {
		rule := make([]string, len(width))
		for i, w := range width {
			rule[i] = strings.Repeat("-", max(w, 3))
			if t.alignsRight(i) {
				rule[i] = rule[i][:len(rule[i])-1] + ":"
			}
		}
		b.WriteString(strings.TrimRight(left+strings.Join(rule, between)+right, " ") + "\n")
	}
	for _, row := range t.rows {
		b.WriteString(line(row))
	}
	return b.String()
}

func (t *table) alignsRight(column int) bool {
	return column > 0 && (t.head[column] != "" || column < len(t.head)-1)
}
