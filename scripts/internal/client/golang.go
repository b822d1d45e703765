package client

import (
	"context"
	_ "embed"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// goName is the name of the package that is written, where it is compiled and
// tested here.
const goName = "apiclient"

var (
	//go:embed goclient/apiclient.go
	goSource string
	//go:embed goclient/checks.go
	goChecks string
	//go:embed goclient/apiclient_test.go
	goTest string
)

// makeGo writes the Go client: a package of its own with its test, or two files
// of an existing package.
func makeGo(_ context.Context, j *Job) ([]File, error) {
	if j.Ext == ".ts" {
		return nil, usage("go is Go; the output path is a folder, or a name that ends in .go")
	}
	name, err := j.goPackage()
	if err != nil {
		return nil, err
	}
	text := func(source string) string { return strings.ReplaceAll(source, goName, name) }
	if j.Ext == ".go" {
		if strings.HasSuffix(j.Stem, "_test") {
			return nil, usage("the output path ends in _test.go, which is compiled for tests alone")
		}
		j.Note("Next: go vet ./%s, and read the comment at its top. It needs the standard library alone.", filepath.ToSlash(j.Output))
		return []File{{Path: j.Stem + ".go", Text: text(goSource)}, {Path: j.Stem + "_checks.go", Text: text(goChecks)}}, nil
	}
	j.Note("Next: go test ./%s, and go doc ./%s. It needs the standard library alone.", filepath.ToSlash(j.Output), filepath.ToSlash(j.Output))
	return []File{{Path: goName + ".go", Text: text(goSource)}, {Path: "checks.go", Text: text(goChecks)}, {Path: goName + "_test.go", Text: text(goTest)}}, nil
}

// goPackage is the name of the package in the output folder: that of the Go
// files there, else the folder's as far as it can be one.
func (j *Job) goPackage() (string, error) {
	files, err := filepath.Glob(filepath.Join(j.Output, "*.go"))
	if err != nil {
		return "", fmt.Errorf("%s: %w", j.Output, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly)
		if err != nil {
			return "", fmt.Errorf("%s: it has no package clause: %w", file, err)
		}
		return parsed.Name.Name, nil
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(j.Name))
	if name == "main" || !token.IsIdentifier(name) {
		name = goName
	}
	return name, nil
}
