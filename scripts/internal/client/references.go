package client

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	s.main = "openapi.yaml"
	var root *os.Root
	if s.File != "" {
		s.main = filepath.Base(s.File)
		var err error
		if root, err = os.OpenRoot(filepath.Dir(s.File)); err != nil {
			return err
		}
		defer root.Close() //nolint:errcheck // it was only read
	}
	s.parts = map[string]*part{s.main: {text: s.Text, doc: s.Doc}}
	size := len(s.Text)
	for queue := []string{s.main}; len(queue) > 0; queue = queue[1:] {
		var refs []string
		s.parts[queue[0]].walk(func(holder map[string]any, member string) { refs = append(refs, holder[member].(string)) })
		for _, ref := range refs {
			name, _, err := target(queue[0], ref)
			if err != nil {
				return fmt.Errorf("%s: the reference %s %w", queue[0], ref, err)
			}
			if s.parts[name] != nil {
				continue
			}
			if root == nil {
				return fmt.Errorf("the reference %s leads to another file, and only the document itself was given: give the file with --spec", ref)
			}
			text, err := readIn(root, name)
			if err != nil {
				return fmt.Errorf("%s: the reference %s: %w", queue[0], ref, err)
			}
			if size += len(text); size > maxDocument {
				return fmt.Errorf("the document and the files it refers to are larger than %d MiB", maxDocument>>20)
			}
			doc, err := decodeDocument(text)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			s.parts[name] = &part{text: text, doc: doc}
			queue = append(queue, name)
		}
	}
	return nil
}

func readIn(root *os.Root, name string) ([]byte, error) {
	file, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s in the document's folder", name)
		}
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return readAll(file)
}

var hasScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// target is the file that a reference leads to, as a path from the document's
// folder, and the JSON Pointer in it.
func target(from, ref string) (name, pointer string, err error) {
	file, pointer, _ := strings.Cut(ref, "#")
	if file == "" {
		return from, pointer, nil
	}
	file, err = url.PathUnescape(file)
	switch {
	case err != nil:
		return "", "", err
	case strings.ContainsAny(file, "\\\x00"):
		return "", "", errors.New("is not a URL: it has a backslash or a NUL")
	case hasScheme.MatchString(file) || strings.HasPrefix(file, "//"):
		return "", "", errors.New("leads to the network or to another scheme, which is not followed: save what it refers to beside the document")
	case strings.HasPrefix(file, "/"):
		return "", "", errors.New("is an absolute path, which is not followed: save the file beside the document")
	}
	name = path.Join(path.Dir(from), file)
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", "", errors.New("leads out of the document's folder, which is not followed: save the file in it")
	}
	return name, pointer, nil
}

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

// at is an object of the document and the file that it is in.
type at struct {
	file   string
	object map[string]any
}

// follow gives the object that a value is or refers to, through files of the
// document; nil when there is none.
func (s *spec) follow(file string, value any) at {
	for range 32 { // a reference to itself ends, too
		object, _ := value.(map[string]any)
		ref, ok := object["$ref"].(string)
		if !ok {
			return at{file, object}
		}
		next, pointer, err := target(file, ref)
		if err != nil || s.parts[next] == nil {
			return at{file, nil}
		}
		file, value = next, resolve(s.parts[next].doc, pointer)
	}
	return at{file, nil}
}

// resolve follows a JSON Pointer (RFC 6901) in the form of a URL fragment.
func resolve(doc any, pointer string) any {
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	if pointer == "" || pointer == "/" {
		return doc
	}
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		switch v := doc.(type) {
		case map[string]any:
			doc = v[name]
		case []any:
			var i int
			if _, err := fmt.Sscanf(name, "%d", &i); err != nil || i < 0 || i >= len(v) {
				return nil
			}
			doc = v[i]
		default:
			return nil
		}
	}
	return doc
}
