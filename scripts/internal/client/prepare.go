package client

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// prepare changes what the generator of types does not take, although the
// document may have it: versions that it does not know, discriminator mappings by
// the name of a schema, references into the middle of a schema, and operation IDs
// that are there twice.
func (s *spec) prepare() {
	main := s.parts[s.Main.Name]
	if s.Version != "2.0" {
		version := s.Version
		switch {
		case strings.HasPrefix(version, "3.2"):
			version = "3.1.1" // what is new in 3.2 has no types yet
		case strings.Count(version, ".") == 1:
			version += ".0"
		}
		if main.doc["openapi"] != version {
			main.doc["openapi"] = version
			main.changed = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		s.nameMappings(s.parts[name], s.parts[name].doc, 0)
	}
	s.hoist(main)
	s.dropRepeatedIDs()
}

// nameMappings writes the schema names of discriminator mappings as references
// (OpenAPI 3, Discriminator Object: both are allowed).
func (s *spec) nameMappings(p *part, value any, depth int) {
	if depth > maxDepth {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			s.nameMappings(p, item, depth+1)
		}
	case map[string]any:
		if mapping, ok := v["mapping"].(map[string]any); ok && v["propertyName"] != nil {
			for key, value := range mapping {
				name, _ := value.(string)
				if _, ok := openapi.Resolve(p.doc, "/components/schemas/"+openapi.EscapePointer(name)); ok && name != "" {
					mapping[key] = "#/components/schemas/" + openapi.EscapePointer(name)
					p.changed = true
				}
			}
		}
		for _, child := range v {
			s.nameMappings(p, child, depth+1)
		}
	}
}

// A reference to a schema that is no component of its own, so that its type is
// reached through members that may be optional.
var insideOfSomething = regexp.MustCompile(`^#/(components/schemas/[^/]+/.+|(paths|components)/.+/schema(/.*)?)$`)

// hoist makes components of the schemas that are referred to where they stand.
func (s *spec) hoist(p *part) {
	type reference struct {
		holder map[string]any
		member string
	}
	var found []reference
	p.walk(func(holder map[string]any, member string) {
		if ref, _ := holder[member].(string); insideOfSomething.MatchString(ref) {
			found = append(found, reference{holder, member})
		}
	})
	if len(found) == 0 {
		return
	}
	components := members(p.doc, "components")
	schemas := members(components, "schemas")
	made := map[string]string{}
	for _, r := range found {
		ref, _ := r.holder[r.member].(string)
		if made[ref] == "" {
			_, pointer, err := openapi.Target(s.Main.Name, ref)
			value, _ := openapi.Resolve(p.doc, pointer)
			schema, ok := value.(map[string]any)
			if err != nil || !ok {
				continue
			}
			name := "Shared"
			for n := 1; schemas[name] != nil; n++ {
				name = fmt.Sprint("Shared", n)
			}
			schemas[name] = maps.Clone(schema)
			made[ref] = "#/components/schemas/" + name
		}
		r.holder[r.member] = made[ref]
		p.changed = true
	}
}

func members(object map[string]any, name string) map[string]any {
	child, ok := object[name].(map[string]any)
	if !ok {
		child = map[string]any{}
		object[name] = child
	}
	return child
}

// dropRepeatedIDs keeps the first operation of an ID: IDs are unique (OpenAPI 3,
// Operation Object), and two types of one name do not compile.
func (s *spec) dropRepeatedIDs() {
	first := map[string]operation{}
	for _, op := range s.all() {
		id, _ := op.Op.Object["operationId"].(string)
		if id == "" {
			continue
		}
		if one, ok := first[id]; ok {
			s.notes = append(s.notes, fmt.Sprintf("The operation ID %s is there twice: %s %s and %s %s. IDs have to be unique; the client goes without the second.",
				id, one.Method, one.Path, op.Method, op.Path))
			delete(op.Op.Object, "operationId")
			s.parts[op.Op.File].changed = true
			continue
		}
		first[id] = op
	}
}

// writeParts writes the files for the tools below a folder, and returns the
// document's own.
func (s *spec) writeParts(folder string) (string, error) {
	for name, p := range s.parts {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return "", err
		}
		text, err := p.bytes()
		if err == nil {
			err = os.WriteFile(file, text, 0o600)
		}
		if err != nil {
			return "", err
		}
	}
	return filepath.Join(folder, s.Main.Name), nil
}

// bytes is the file for tools that read everything as YAML.
func (p *part) bytes() ([]byte, error) {
	if p.changed {
		text, err := json.MarshalIndent(p.doc, "", "  ")
		return append(escapeControls(text), '\n'), err
	}
	if isJSONText(p.text) {
		return escapeControls(p.text), nil
	}
	return p.text, nil
}
