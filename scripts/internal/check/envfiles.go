package check

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
	"github.com/authkeel/authkeel/scripts/internal/dotenv"
)

// placeholder matches what examples have in the place of a value.
var placeholder = regexp.MustCompile(`(?i)\.\.\.|…|^<.*>$|your[-_ ]|change[-_ ]?me|replace[-_ ]?me|^x{3,}|_x{3,}|^(todo|fixme|secret|placeholder)$|^(sk|pk)_(test|live)_?$|^whsec_?$|example\.(com|org)|tenant\.`)

// settings matches the names of variables that authentication depends on.
var settings = regexp.MustCompile(`(?i)CLERK|OIDC|AUTH|JWT|ISSUER|AUDIENCE|SECRET|TOKEN`)

// checkEnvFiles looks at the .env files of a project: secrets must not be committed,
// and values must be more than those of the example.
func checkEnvFiles(ctx context.Context, dir string, r *report.Report) error {
	add := func(status report.Status, id, name, file, reason, remedy string) {
		r.Add(report.Row{ID: id, Check: name, Route: file, Status: status, Reason: reason, Remedy: remedy})
	}
	const committedID, committed, emptyID, empty = "env-committed", ".env is not committed", "env-placeholder", ".env has no placeholder"
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
	files, err := envFiles(dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !isSecretFile(name) {
			continue
		}
		var left []string
		for key, value := range dotenv.Values(files[name]) {
			if settings.MatchString(key) && placeholder.MatchString(value) {
				left = append(left, key)
			}
		}
		if len(left) == 0 {
			add(report.OK, emptyID, empty, name, "no value of an example is left", "")
			continue
		}
		add(report.Failed, emptyID, empty, name, sortedList(left)+" has the value of an example", "put the real value there, or remove the line")
	}
	return nil
}

// maxEnvFile is the size in bytes up to which a .env file is read.
const maxEnvFile = 1 << 20

// envFiles returns the text of the regular files in dir whose names begin with .env.
func envFiles(dir string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, ".env*"))
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue // a directory, or a device that never ends
		}
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(file, maxEnvFile))
		_ = file.Close() // it was only read
		if err != nil {
			return nil, err
		}
		files[filepath.Base(name)] = string(text)
	}
	return files, nil
}

// isSecretFile reports whether a file of this name has values, and is not an example.
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

// trackedFiles lists the .env files below dir that git has, or says why that is not
// known. The project's own git configuration can name programs to run, so those
// settings are switched off; a repository without a work tree inside of the project
// is not used.
func trackedFiles(ctx context.Context, dir string) (files []string, why string) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, "git is not installed"
	}
	list := exec.CommandContext(ctx, "git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath="+os.DevNull,
		"-c", "core.untrackedCache=false", "-c", "safe.bareRepository=explicit", "-c", "core.sshCommand=false", "-c", "credential.helper=",
		"ls-files", "-z", "--", ".env", ".env.*", "**/.env", "**/.env.*")
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

// isClerk reports whether a variable is about Clerk. The variables of the user's shell,
// and their real keys, are kept out of the run.
func isClerk(name string) bool { return strings.Contains(strings.ToUpper(name), "CLERK") }

// environment returns the variables for the server. Variables of a .env file that the
// run does not set are set to nothing: programs that read the file do not replace a
// variable that is set, so its real keys are kept out of the run.
func (o *options) environment(source *tokens.Source) map[string]string {
	env := map[string]string{}
	if files, err := envFiles(o.project); err == nil { // checkEnvFiles reports the error
		for _, text := range files {
			for name := range dotenv.Values(text) {
				if isClerk(name) || strings.HasPrefix(name, "OIDC_") {
					env[name] = ""
				}
			}
		}
	}
	maps.Copy(env, source.Env())
	for name, value := range o.env {
		env[name] = source.Fill(value)
	}
	return env
}
