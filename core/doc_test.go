package core

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/internal/keyid"
	"github.com/authkeel/authkeel/core/internal/strictjson"
)

// docRow finds a line of a table in a package's documentation by its first words
// and returns what follows them, white space made single.
func docRow(t *testing.T, dir, first string) string {
	t.Helper()
	text, err := os.ReadFile(dir + "/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "//\t"+first); ok && (rest[0] == ' ' || rest[0] == '\n') {
			return strings.Join(strings.Fields(rest), " ")
		}
	}
	t.Errorf("%s/doc.go has no row %q", dir, first)
	return ""
}

// constant is the value of a constant in the sources of a package.
func constant(t *testing.T, dir, name string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, dir+"/"+f.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, n := range v.Names {
					if n.Name == name {
						start, end := set.Position(v.Values[i].Pos()).Offset, set.Position(v.Values[i].End()).Offset
						text, err := os.ReadFile(dir + "/" + f.Name())
						if err != nil {
							t.Fatal(err)
						}
						return string(text[start:end])
					}
				}
			}
		}
	}
	t.Errorf("%s has no constant %s", dir, name)
	return ""
}

// bytesOf says a size as the tables do.
func bytesOf(n int) string {
	switch {
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// durationOf says a duration as core's table does.
func durationOf(d time.Duration) string {
	s := d.String() // 10m0s
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// TestDocumentedLimits holds the table in the package documentation against the
// constants that are at work.
func TestDocumentedLimits(t *testing.T) {
	issuer := &issuer{}
	if err := issuer.setAlgorithms(""); err != nil {
		t.Fatal(err)
	}
	if err := issuer.setTypes(""); err != nil {
		t.Fatal(err)
	}
	types := strings.TrimSpace("absent " + strings.TrimSpace(strings.Join(issuer.types, " ")))
	source := func(name string) string {
		text := constant(t, "jwks", name)
		n, unit, ok := strings.Cut(text, " * time.")
		d, err := time.ParseDuration(n + map[string]string{"Second": "s", "Minute": "m", "Hour": "h"}[unit])
		if !ok || err != nil {
			t.Errorf("jwks.%s is %q, which is no duration: %v", name, text, err)
		}
		return durationOf(d)
	}
	shifted := func(name string) int {
		text := constant(t, "jwks", name)
		n, shift, _ := strings.Cut(text, "<<")
		a, err := strconv.Atoi(strings.TrimSpace(n))
		b := 0
		if err == nil && shift != "" {
			b, err = strconv.Atoi(strings.TrimSpace(shift))
		}
		if err != nil {
			t.Errorf("jwks.%s is %q, which is no number", name, text)
		}
		return a << b
	}
	for _, tt := range []struct{ row, want string }{
		{"Config.Leeway", durationOf(defaultLeeway) + " " + durationOf(maxLeeway)},
		{"Config.MaxTokenBytes", bytesOf(defaultMaxTokenBytes) + " -"},
		{"Config.CacheSize", fmt.Sprintf("%d tokens %s in all", defaultCacheSize, bytesOf(maxCacheBytes))},
		{"a token that is remembered", "- " + bytesOf(maxCachedTokenBytes)},
		{"kid", fmt.Sprintf("- %d bytes", keyid.MaxBytes)},
		{"JSON nesting", fmt.Sprintf("- %d levels", strictjson.MaxDepth)},
		{"signature checks for one token", fmt.Sprintf("- %d keys", maxCandidates)},
		{"Issuer.Algorithms", "the key decides no HMAC, no none"},
		{"Issuer.Types", types + " -"},
		{"Config.Extractors", "FromBearer() never the query string"},
		{"jwks.Options.RefreshEvery", source("defaultRefreshEvery") + " -"},
		{"jwks.Options.KeepFor", source("defaultKeepFor") + " -"},
		{"jwks.Options.Cooldown", source("defaultCooldown") + " -"},
		{"jwks.Options.Timeout", source("defaultTimeout") + " -"},
		{"key set", fmt.Sprintf("- %s, %d keys", bytesOf(shifted("maxBody")), shifted("maxKeys"))},
		{"RSA keys", "- " + constant(t, "jwks", "minRSABits") + " to " + constant(t, "jwks", "maxRSABits") + " bits"},
	} {
		if got := docRow(t, ".", tt.row); got != tt.want {
			t.Errorf("%s: the documentation says %q, the code %q", tt.row, got, tt.want)
		}
	}
	if shifted("maxSameID") != maxCandidates {
		t.Error("core and jwks disagree on a limit that both hold")
	}
}

// TestDocumentedAnswers holds the table of what clients see against the answers.
func TestDocumentedAnswers(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []*publicError{unauthorized, invalidRequest, invalidToken, insufficientScope, crossSite, rateLimited, temporarilyUnavailable, serverError} {
		challenge := "-"
		switch {
		case a.challenge && a.named:
			challenge = `error="` + a.code + `"`
		case a.challenge:
			challenge = "Bearer"
		}
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^//\t.* %d +%s +%s$`, a.status, regexp.QuoteMeta(challenge), a.code))
		if !row.Match(text) {
			t.Errorf("no row for %d %s %s", a.status, challenge, a.code)
		}
	}
}
