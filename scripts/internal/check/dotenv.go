package check

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
)

// placeholder is what stands in examples where a value belongs.
var placeholder = regexp.MustCompile(`(?i)\.\.\.|…|^<.*>$|your[-_ ]|change[-_ ]?me|replace[-_ ]?me|^x{3,}|_x{3,}|^(todo|fixme|secret|placeholder)$|^(sk|pk)_(test|live)_?$|^whsec_?$|example\.(com|org)|tenant\.`)

// settings are the names of variables that authentication depends on.
var settings = regexp.MustCompile(`(?i)CLERK|OIDC|AUTH|JWT|ISSUER|AUDIENCE|SECRET|TOKEN`)

// dotenv looks at the .env files of a project: secrets must not be committed, and
// what stands in them must be more than the example.
func dotenv(ctx context.Context, dir string, r *report.Report) error {
	add := func(status report.Status, id, try, file, reason, remedy string) {
		r.Add(report.Row{ID: id, Check: try, Route: file, Status: status, Reason: reason, Remedy: remedy})
	}
	const committedID, committed, emptyID, empty = "env-committed", ".env is not committed", "env-placeholder", ".env has no placeholder"
	files, err := filepath.Glob(filepath.Join(dir, ".env*"))
	if err != nil {
		return err
	}
	tracked, why := trackedFiles(ctx, dir)
	bad := false
	for _, name := range tracked {
		if isSecretFile(name) {
			bad = true
			add(report.Failed, committedID, committed, name, "git has it", fmt.Sprintf("git rm --cached %s, add it to .gitignore, and replace every secret that was in it: git keeps the old ones", name))
		}
	}
	if why != "" {
		add(report.NotTried, committedID, committed, "", why, "")
	} else if !bad {
		add(report.OK, committedID, committed, "", "git has none", "")
	}
	for _, file := range files {
		name := filepath.Base(file)
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || !isSecretFile(name) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var left []string
		for key, value := range assignments(string(text)) {
			if settings.MatchString(key) && placeholder.MatchString(value) {
				left = append(left, key)
			}
		}
		if len(left) == 0 {
			add(report.OK, emptyID, empty, name, "no value of an example is left", "")
			continue
		}
		add(report.Failed, emptyID, empty, name, sortedList(left)+" has the value of an example", "put the real value there, or take the line out")
	}
	return nil
}

// isSecretFile reports whether a file of this name is one with values, not an example.
func isSecretFile(name string) bool {
	base := filepath.Base(name)
	if base != ".env" && !strings.HasPrefix(base, ".env.") {
		return false
	}
	for _, harmless := range []string{"example", "sample", "template", "dist", "defaults"} {
		if strings.HasSuffix(base, "."+harmless) {
			return false
		}
	}
	return true
}

// trackedFiles are the .env files below dir that git has, or why that cannot be told.
func trackedFiles(ctx context.Context, dir string) (files []string, why string) {
	list := exec.CommandContext(ctx, "git", "ls-files", "-z", "--", ".env", ".env.*", "**/.env", "**/.env.*")
	list.Dir = dir
	out, err := list.Output()
	if err != nil {
		return nil, "the project is not in a git repository"
	}
	for name := range strings.SplitSeq(string(out), "\x00") {
		if name != "" {
			files = append(files, name)
		}
	}
	return files, ""
}

// assignments are the lines of a .env file.
func assignments(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		value, _, _ = strings.Cut(value, " #")
		out[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"'`)
	}
	return out
}
