package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// round is one measurement of everything: benchmark, unit, value. A benchmark is
// named "folder Name/sub", with "@" and the number of processors at the end
// where it is run with several.
type round map[string]map[string]float64

// at is the value, or NaN where there is none.
func (r round) at(name, unit string) float64 {
	if v, ok := r[name][unit]; ok {
		return v
	}
	return math.NaN()
}

// read adds the lines that a benchmark printed and returns the processor's name
// if they tell it.
func (r round) read(folder, output string, severalCPUs bool) (cpu string) {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "cpu:" {
			cpu = strings.Join(fields[1:], " ")
		}
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if _, err := strconv.Atoi(fields[1]); err != nil { // a name alone, or a log line
			continue
		}
		name := folder + " " + benchmarkName(fields[0], severalCPUs)
		if r[name] == nil {
			r[name] = make(map[string]float64)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				r[name][fields[i+1]] = v
			}
		}
	}
	return cpu
}

// benchmarkName takes "Benchmark" and the number of processors, which package
// testing leaves out when it is 1, off a printed name.
func benchmarkName(printed string, severalCPUs bool) string {
	name, cpus := strings.TrimPrefix(printed, "Benchmark"), "1"
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		if _, err := strconv.Atoi(name[i+1:]); err == nil {
			name, cpus = name[:i], name[i+1:]
		}
	}
	if severalCPUs {
		return name + "@" + cpus
	}
	return name
}

// median is the median of the figures that the rounds have, NaN when none has.
func median(rounds []round, figure value) float64 {
	var values []float64
	for _, r := range rounds {
		if v := figure.in(r); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}
