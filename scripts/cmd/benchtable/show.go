package main

import (
	"fmt"
	"math"
	"strings"
)

// show makes the table. A figure that misses its target is marked, and so is
// one that could not be had.
func show(list []target, rounds []round, markdown bool) string {
	rows := [][]string{{"what", "figure", "target", ""}}
	for _, t := range list {
		v := median(rounds, t.value)
		rows = append(rows, []string{t.what, t.format(v), t.limitText(), t.mark(v)})
	}
	width := make([]int, 4)
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			cells[i] = cell + pad
			if i == 1 || i == 2 {
				cells[i] = pad + cell
			}
		}
		if !markdown {
			b.WriteString(strings.TrimRight(strings.Join(cells, "  "), " ") + "\n")
			continue
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if n == 0 {
			b.WriteString("|---|--:|--:|---|\n")
		}
	}
	return b.String()
}

func (t target) format(v float64) string {
	switch {
	case math.IsNaN(v):
		return "none"
	case t.unit == "×":
		return fmt.Sprintf("%.2f ×", v)
	case t.unit == "MB":
		return fmt.Sprintf("%.1f MB", v)
	}
	return fmt.Sprintf("%.0f %s", v, t.unit)
}

func (t target) limitText() string {
	switch {
	case math.IsNaN(t.limit):
		return ""
	case t.atLeast:
		return "≥ " + t.format(t.limit)
	}
	return "≤ " + t.format(t.limit)
}

// mark compares what is printed, so that no figure misses its target by digits
// that nobody sees.
func (t target) mark(v float64) string {
	if math.IsNaN(v) {
		return "not measured"
	}
	if math.IsNaN(t.limit) || t.format(v) == t.format(t.limit) {
		return ""
	}
	switch {
	case t.atLeast && v < t.limit:
		return "under"
	case !t.atLeast && v > t.limit:
		return "over"
	}
	return ""
}
