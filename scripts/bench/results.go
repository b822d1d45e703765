package main

import (
	"math"
	"strconv"
	"strings"
)

// round holds one result of every benchmark: the value by name and unit. The name
// is "folder Name/sub", and "@" with the number of processors follows it if the
// benchmark runs with several.
type round map[string]map[string]float64

// at returns a value, or NaN if there is none.
func (r round) at(name, unit string) float64 {
	if v, ok := r[name][unit]; ok {
		return v
	}
	return math.NaN()
}

// read adds the results that a test binary printed.
func (r round) read(folder, output string, severalCPUs bool) {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if _, err := strconv.Atoi(fields[1]); err != nil { // a name without a result, or a log line
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
}

// benchmarkName removes "Benchmark" and the number of processors from a printed
// name. Package testing omits the number when it is 1.
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
