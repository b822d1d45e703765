package client

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed template
var templates embed.FS

// Package is a client in TypeScript.
type Package struct {
	Kind            string   // its template folder has README.md, what stands under Use; in "trpc/spec" that of trpc has parts of it
	Sources         []File   // in src
	Files           []File   // beside package.json
	Dependencies    []string // names in versions
	DevDependencies []string // beside typescript
	Optional        []string // peers that only a part of the client needs
	Scripts         [][2]string
	SkipLibCheck    bool // the types of a dependency do not compile under our settings
}

func templateText(name string) string {
	data, err := templates.ReadFile("template/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// sharedSources are sources that several kinds have.
func sharedSources(files ...string) []File {
	list := make([]File, len(files))
	for i, f := range files {
		list[i] = File{Path: f, Text: templateText("common/" + f)}
	}
	return list
}

// kindSources are the sources that one kind has alone.
func kindSources(kind string) []File {
	entries, err := templates.ReadDir("template/" + kind)
	if err != nil {
		panic(err) // it is embedded
	}
	var list []File
	for _, e := range entries {
		if path.Ext(e.Name()) == ".ts" {
			list = append(list, File{Path: e.Name(), Text: templateText(kind + "/" + e.Name())})
		}
	}
	return list
}

// typescript lays out a package, or the sources beside the name that the
// output path ends in.
func (j *Job) typescript(p Package) ([]File, error) {
	if j.Ext == ".go" {
		return nil, usage("%s is TypeScript; the output path is a folder, or a name that ends in .ts", strings.SplitN(p.Kind, "/", 2)[0])
	}
	if j.Ext == ".ts" {
		return j.nextToFile(p), nil
	}
	settings := templateText("tsconfig.json")
	if p.SkipLibCheck {
		settings = strings.Replace(settings, `"strict": true,`, `"strict": true,
    "skipLibCheck": true,`, 1)
	}
	files := []File{{Path: "package.json", Text: j.packageJSON(p)}, {Path: "tsconfig.json", Text: settings}}
	readme, err := j.readme(p)
	if err != nil {
		return nil, err
	}
	files = append(files, File{Path: "README.md", Text: readme}, File{Path: ".gitignore", Text: "dist/\nnode_modules/\n"})
	files = append(files, p.Files...)
	for _, f := range p.Sources {
		f.Path = "src/" + f.Path
		files = append(files, f)
	}
	j.Note("Next: npm install --prefix %s, and read %s/README.md.", j.Output, j.Output)
	return files, nil
}

var localImport = regexp.MustCompile(`(from|import) '\./([\w./-]+)\.js'`)

// nextToFile writes api.ts for index.ts and api.auth.ts for auth.ts, without the
// extension in imports: a front end's bundler is what reads them.
func (j *Job) nextToFile(p Package) []File {
	name := func(source string) string {
		if source == "index" {
			return j.Stem
		}
		return j.Stem + "." + strings.ReplaceAll(source, "/", ".")
	}
	var files []File
	for _, f := range p.Sources {
		f.Path = name(strings.TrimSuffix(f.Path, ".ts")) + ".ts"
		f.Text = localImport.ReplaceAllStringFunc(f.Text, func(s string) string {
			m := localImport.FindStringSubmatch(s)
			return m[1] + " './" + name(m[2]) + "'"
		})
		files = append(files, f)
	}
	var line []string
	for _, d := range p.Dependencies {
		line = append(line, d+"@"+versions[d])
	}
	j.Note("Next: npm install --save-exact %s\nand: import { createClient } from './%s'; it takes { baseUrl, getToken }.", strings.Join(line, " "), j.Stem)
	return files
}

func (j *Job) packageJSON(p Package) string {
	exact := func(names []string) object {
		var o object
		for _, n := range slices.Sorted(slices.Values(names)) {
			o = append(o, member{n, versions[n]})
		}
		return o
	}
	scripts := object{{"build", "tsc"}, {"prepare", "npm run build"}}
	for _, s := range p.Scripts {
		scripts = append(scripts, member{s[0], s[1]})
	}
	o := object{
		{"name", j.Name}, {"version", "0.0.0"}, {"private", true}, {"type", "module"}, {"sideEffects", false},
		{"exports", object{{".", object{{"types", "./dist/index.d.ts"}, {"default", "./dist/index.js"}}}}},
		{"files", []string{"dist", "src"}},
		{"engines", object{{"node", ">=20"}}},
		{"scripts", scripts},
		{"dependencies", exact(p.Dependencies)},
		{"devDependencies", exact(append(p.DevDependencies, "typescript"))},
	}
	if len(p.Optional) > 0 {
		var meta object
		for _, n := range slices.Sorted(slices.Values(p.Optional)) {
			meta = append(meta, member{n, object{{"optional", true}}})
		}
		o = append(o, member{"peerDependencies", exact(p.Optional)}, member{"peerDependenciesMeta", meta})
	}
	return indented(o)
}

func indented(o object) string {
	var b bytes.Buffer
	if err := json.Indent(&b, plainJSON(o), "", "  "); err != nil {
		panic(err) // it is JSON by now
	}
	return b.String()
}

// object is a JSON object in a given order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", bytes.TrimSpace(plainJSON(m.name)), bytes.TrimSpace(plainJSON(m.value)))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON leaves < and > as they are, which json.Marshal does not.
func plainJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings, lists and objects of them
	}
	return b.Bytes()
}

func (j *Job) readme(p Package) (string, error) {
	t, err := template.New("README.md").Parse(templateText("README.md"))
	if err != nil {
		return "", err
	}
	if _, err := t.New("use").Parse(templateText(p.Kind + "/README.md")); err != nil {
		return "", err
	}
	if parent, _, sub := strings.Cut(p.Kind, "/"); sub {
		if _, err := t.ParseFS(templates, "template/"+parent+"/*.md"); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{"Name": j.Name, "Folder": filepath.Base(j.Output), "Kind": p.Kind, "Scripts": p.Scripts})
	return b.String(), err
}
