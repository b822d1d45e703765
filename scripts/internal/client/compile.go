package client

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// compiles has TypeScript look at the types that were generated, and says of
// which parts of the document they do not hold. Nothing is written then.
func (j *Job) compiles(ctx context.Context, file, text string) error {
	settings := []string{"--noEmit", "--pretty", "false", "--strict", "--target", "ES2022", "--module", "NodeNext", "--lib", "ES2022,DOM", "--skipLibCheck"}
	err := j.Tools.Run(ctx, []string{"openapi-typescript", "typescript"}, "tsc", append(settings, filepath.ToSlash(file))...)
	if err == nil {
		return nil
	}
	places := brokenParts(err.Error(), text)
	if len(places) == 0 {
		return fmt.Errorf("the types that openapi-typescript makes of it could not be checked: %w", err)
	}
	return fmt.Errorf("the types that openapi-typescript makes of it do not compile, and nothing was written. Change these parts of the document:\n  %s",
		strings.Join(places, "\n  "))
}

var (
	compilerError = regexp.MustCompile(`(?m)^.*\.ts\((\d+),\d+\): error (TS\d+: .*)$`)
	memberOfTypes = regexp.MustCompile(`^( *)(?:export interface )?["']?([^"'?:]+?)["']?\??(?:: .*)? ?\{?\}?$`)
)

// brokenParts names what the lines of the compiler's errors belong to:
// "components.schemas.Derived: TS2344: ...".
func brokenParts(said, text string) []string {
	lines := strings.Split(text, "\n")
	var places []string
	for _, m := range compilerError.FindAllStringSubmatch(said, -1) {
		var number int
		if _, err := fmt.Sscan(m[1], &number); err != nil || number < 1 || number > len(lines) {
			continue
		}
		var names []string
		indent := len(lines[number-1]) + 1
		for i := number - 1; i >= 0 && indent > 0; i-- {
			member := memberOfTypes.FindStringSubmatch(lines[i])
			if member == nil || len(member[1]) >= indent || strings.HasPrefix(strings.TrimSpace(lines[i]), "*") {
				continue
			}
			indent = len(member[1])
			names = append(names, member[2])
		}
		slices.Reverse(names)
		place := strings.Join(names[:min(3, len(names))], ".") + ": " + m[2]
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}
