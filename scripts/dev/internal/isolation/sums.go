package isolation

import (
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

// withoutOwn removes the lines of our own modules from a go.sum. Their hash
// changes with every edit of the tree until they are tagged.
func withoutOwn(sum []byte) []byte {
	var kept strings.Builder
	for line := range strings.Lines(string(sum)) {
		if !strings.HasPrefix(line, workspace.Prefix) {
			kept.WriteString(line)
		}
	}
	return []byte(kept.String())
}

// missingSums lists the lines of want that are not in have, except those of our
// own modules.
func missingSums(have, want []byte) []string {
	var missing []string
	has := strings.Split(string(have), "\n")
	for line := range strings.Lines(string(withoutOwn(want))) {
		if line = strings.TrimSuffix(line, "\n"); !slices.Contains(has, line) {
			missing = append(missing, line)
		}
	}
	return missing
}
