// Package environ reads settings from the environment.
package environ

import (
	"os"
	"strings"
)

// NotRead is the end of every message about a variable that is not set.
const NotRead = "a program does not read .env by itself: load it first, in a shell with `set -a; . ./.env; set +a`"

// Value returns a variable without the white space and the quotes around it, which
// some tools leave in place, such as docker run --env-file.
func Value(name string) string {
	value := strings.TrimSpace(os.Getenv(name))
	if n := len(value); n > 1 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		value = strings.TrimSpace(value[1 : n-1])
	}
	return value
}

// List returns the entries of a variable, which commas separate. Empty entries stay,
// for a check to report: they come from a variable that was not set, and without
// them a check could be off.
func List(name string) []string {
	value := Value(name)
	if value == "" {
		return nil
	}
	entries := strings.Split(value, ",")
	for i := range entries {
		entries[i] = strings.TrimSpace(entries[i])
	}
	return entries
}
