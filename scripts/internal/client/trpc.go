package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// makeTRPC makes a client of a tRPC server, or one that calls a REST API through
// tRPC's client.
func makeTRPC(ctx context.Context, j *Job) ([]File, error) {
	if j.Router != "" {
		if j.Spec != "" {
			return nil, usage("--router is for a tRPC server and --spec for a REST API: give one of them")
		}
		return j.makeTRPCRouter()
	}
	return j.makeTRPCSpec(ctx)
}

// trpcPackage has what both kinds share.
func trpcPackage(sort string) Package {
	return Package{
		Kind:         "trpc/" + sort,
		Sources:      append(sharedSources("auth.ts", "caller.ts", "errors.ts"), append(kindSources("trpc"), kindSources("trpc/"+sort)...)...),
		Dependencies: []string{"@trpc/client", "@trpc/server"},
		SkipLibCheck: true, // tRPC's use a newer lib than the client needs
	}
}

func (j *Job) makeTRPCRouter() ([]File, error) {
	p := trpcPackage("router")
	router, err := j.routerTS()
	if err != nil {
		return nil, err
	}
	p.Sources = append(p.Sources, router)
	return j.typescript(p)
}

var (
	importFrom = regexp.MustCompile(`(?m)\b(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]`)
	typeOnly   = regexp.MustCompile(`(?m)^import\s+type\b`)
	anyImport  = regexp.MustCompile(`(?m)^import\b`)
)

// routerTS is the module that has the type AppRouter. Types that stand alone are
// copied: a Go API has no node_modules beside them. Otherwise it says where the
// type is, which a front end can reach and a package of ours cannot.
func (j *Job) routerTS() (File, error) {
	text, err := os.ReadFile(j.Router)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if strings.HasPrefix(j.Router, ".") || filepath.IsAbs(j.Router) {
			return File{}, usage("--router: there is no file %s; give one with its extension, or the name of a package", j.Router)
		}
		j.Note("The type AppRouter comes from %s, which has to be installed beside this client.", j.Router)
		return routerOf(j.Router), nil
	case err != nil:
		return File{}, fmt.Errorf("--router: %w", err)
	}
	if !strings.Contains(string(text), "AppRouter") {
		return File{}, fmt.Errorf("--router: %s has no AppRouter", j.Router)
	}
	why := standsAlone(string(text))
	if why == "" {
		return File{Path: "router.ts", Text: string(text)}, nil
	}
	if j.Ext != "" {
		abs, err := filepath.Abs(j.Router)
		if err != nil {
			return File{}, err
		}
		from, err := j.seenFromOutput(abs)
		if err != nil {
			return File{}, err
		}
		from = strings.TrimSuffix(strings.TrimSuffix(from, ".ts"), ".d")
		if !strings.HasPrefix(from, ".") {
			from = "./" + from
		}
		return routerOf(from), nil
	}
	return File{}, usage(`--router: %s %s, so that its types cannot be copied into a package.
Three ways out:
  an output path that ends in .ts    writes the client into the front end, which imports the type where it is
  --router @acme/server              the name of the package that exports AppRouter, in a workspace
  tsc --declaration                  and a bundler of types make one file of it`, j.Router, why)
}

func routerOf(module string) File {
	return File{Path: "router.ts", Text: "export type { AppRouter } from " + quoteTS(module) + ";\n"}
}

// standsAlone says why a module is more than types of its own and of packages.
func standsAlone(text string) string {
	for _, m := range importFrom.FindAllStringSubmatch(text, -1) {
		if module := m[1] + m[2]; strings.HasPrefix(module, ".") || strings.HasPrefix(module, "/") {
			return "imports " + module
		}
	}
	if len(anyImport.FindAllString(text, -1)) > len(typeOnly.FindAllString(text, -1)) {
		return "imports more than types"
	}
	return ""
}

func (j *Job) makeTRPCSpec(ctx context.Context) ([]File, error) {
	types, err := j.openAPITypes(ctx)
	if err != nil {
		return nil, err
	}
	p := trpcPackage("spec")
	p.Dependencies = append(p.Dependencies, "openapi-fetch", "openapi-typescript-helpers")
	p.DevDependencies = []string{"openapi-typescript"}
	p.Files = types.files
	p.Scripts = [][2]string{{"generate", "openapi-typescript " + types.document + " --output src/schema.ts"}}
	p.Sources = append(p.Sources, append(sharedSources("access.ts", "wire.ts"), kindSources("fetch")...)...)
	p.Sources = append(p.Sources, types.schema, File{Path: "operations.ts", Text: operationsTS(types.operations)}, types.formats)
	for i, f := range p.Sources {
		if f.Path == "procedures.ts" { // ours makes the others compile here
			p.Sources[i].Text = proceduresTS(types.procedures)
		}
	}
	return j.typescript(p)
}

// procedure is an operation under the name that it has as a procedure.
type procedure struct{ name, method, path string }

// procedures names all operations. Two of one name both get those of their
// method and path.
func (s *spec) procedures() []procedure {
	var all []procedure
	for _, op := range s.all() {
		id, _ := op.Op.Object["operationId"].(string)
		method := strings.ToLower(op.Method)
		all = append(all, procedure{cmp.Or(identifier(id), nameOf(method, op.Path)), method, op.Path})
	}
	slices.SortFunc(all, func(a, b procedure) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	count, used := map[string]int{}, map[string]bool{}
	for _, p := range all {
		count[p.name]++
		used[p.name] = true
	}
	for i, p := range all {
		if count[p.name] == 1 {
			continue
		}
		name := nameOf(p.method, p.path)
		for n := 2; used[name]; n++ {
			name = fmt.Sprint(nameOf(p.method, p.path), n)
		}
		used[name] = true
		all[i].name = name
	}
	return all
}

// nameOf is the name of an operation that has none: getNotesById.
func nameOf(method, path string) string {
	var words []string
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			words = append(words, "by")
			part = strings.TrimSuffix(name, "}")
		}
		words = append(words, part)
	}
	return identifier(method + " " + strings.Join(words, " "))
}

// identifier makes listNotes of "list-notes", "List notes" and "notes.List"'s
// words in their order. A dot would be a router in a router; then, a promise.
func identifier(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	})
	for i, word := range words {
		first := strings.ToUpper(word[:1])
		if i == 0 {
			first = strings.ToLower(first)
		}
		words[i] = first + word[1:]
	}
	name := strings.Join(words, "")
	if name == "then" || name == "constructor" || name == "__proto__" || name != "" && unicode.IsDigit(rune(name[0])) {
		return "_" + name
	}
	return name
}

func proceduresTS(list []procedure) string {
	var b strings.Builder
	b.WriteString("/** The API's operations by name: method and path. */\nexport const procedures = {\n")
	for _, p := range list {
		fmt.Fprintf(&b, "  %s: ['%s', %s],\n", p.name, p.method, quoteTS(p.path))
	}
	b.WriteString("} as const;\n")
	return b.String()
}
