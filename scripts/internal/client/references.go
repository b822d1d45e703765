package client

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// part is one file of a document that is in several.
type part struct {
	text    []byte
	doc     map[string]any
	changed bool // doc is not what text says any more
}

// readParts reads all files that the document refers to, and refuses a reference
// to the network or to a file outside of the document's folder: the document may
// be somebody else's, and what it refers to ends in the generated client. Nothing
// but these files is shown to the tools.
func (s *spec) readParts() error {
	s.parts = map[string]*part{s.Main.Name: {text: s.Main.Text, doc: s.Main.Root}}
	for queue := []string{s.Main.Name}; len(queue) > 0; queue = queue[1:] {
		var refs []string
		s.parts[queue[0]].walk(func(holder map[string]any, member string) { refs = append(refs, holder[member].(string)) })
		for _, ref := range refs {
			name, _, err := openapi.Target(queue[0], ref)
			if err != nil {
				return fmt.Errorf("%s: the reference %s %w", queue[0], ref, err)
			}
			if s.parts[name] != nil {
				continue
			}
			file, err := s.Load(name)
			if err != nil {
				return fmt.Errorf("%s: the reference %s: %w", queue[0], ref, err)
			}
			s.parts[name] = &part{text: file.Text, doc: file.Root}
			queue = append(queue, name)
		}
	}
	return s.checkReferences()
}

// checkReferences finds references to something that is not there, for which the
// generators have no message that helps.
func (s *spec) checkReferences() error {
	for _, from := range slices.Sorted(maps.Keys(s.parts)) {
		var wrong error
		s.parts[from].walk(func(holder map[string]any, member string) {
			ref := holder[member].(string)
			name, pointer, err := openapi.Target(from, ref)
			if wrong != nil || err != nil || pointer != "" && !strings.HasPrefix(pointer, "/") { // an anchor (JSON Schema 2020-12)
				return
			}
			if _, found := openapi.Resolve(s.parts[name].doc, pointer); !found {
				wrong = fmt.Errorf("%s: the reference %s leads to nothing: add what it names to the document, or correct the reference", from, ref)
			}
		})
		if wrong != nil {
			return wrong
		}
	}
	return nil
}

// maxDepth bounds the recursion over a document.
const maxDepth = 1000

// Members whose children have names of the author's choice, so that a property
// called "example" is a schema and no example.
var namedMembers = []string{
	"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas", "responses", "parameters", "headers",
	"requestBodies", "securitySchemes", "securityDefinitions", "links", "callbacks", "pathItems", "paths", "webhooks", "content", "encoding", "variables",
}

// isData says that a member is a value of the API, in which "$ref" means nothing.
func isData(name string) bool {
	switch name {
	case "example", "examples", "default", "enum", "const":
		return true
	}
	return strings.HasPrefix(name, "x-")
}

// walk calls visit for every reference of the document, those of discriminator
// mappings included. It leaves out values, examples and extensions, and removes
// those that have a member which the tools would take for a reference.
func (p *part) walk(visit func(holder map[string]any, member string)) {
	p.walkValue(p.doc, false, 0, visit)
}

func (p *part) walkValue(value any, named bool, depth int, visit func(holder map[string]any, member string)) {
	if depth > maxDepth {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			p.walkValue(item, false, depth+1, visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			child := v[name]
			if !named && isData(name) {
				if looksLikeReference(child) {
					delete(v, name)
					p.changed = true
				}
				continue
			}
			if _, ok := child.(string); ok && name == "$ref" {
				visit(v, name)
				continue
			}
			if mapping, ok := child.(map[string]any); ok && !named && name == "mapping" && v["propertyName"] != nil {
				for _, key := range slices.Sorted(maps.Keys(mapping)) {
					if ref, ok := mapping[key].(string); ok && strings.ContainsAny(ref, "/#.:\\") {
						visit(mapping, key)
					}
				}
				continue
			}
			_, isMap := child.(map[string]any)
			p.walkValue(child, !named && isMap && slices.Contains(namedMembers, name), depth+1, visit)
		}
	}
}

func looksLikeReference(value any) bool {
	switch v := value.(type) {
	case []any:
		return slices.ContainsFunc(v, looksLikeReference)
	case map[string]any:
		for name, child := range v {
			if name == "$ref" || name == "externalValue" || looksLikeReference(child) {
				return true
			}
		}
	}
	return false
}
