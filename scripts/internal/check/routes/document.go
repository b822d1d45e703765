package routes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	// The maintained successor of gopkg.in/yaml.v3, by the YAML organization.
	"go.yaml.in/yaml/v3"
)

// maxSpec is the size in bytes of the largest OpenAPI document that is read.
const maxSpec = 32 << 20

type object = map[string]any

// document is one file of an OpenAPI document.
type document struct {
	name string // relative to the folder of the first file, with slashes
	root object
}

// documents reads the files of an OpenAPI document. References may lead to other
// files in the folder of the first one, and nowhere else.
type documents struct {
	folder *os.Root
	first  *document
	loaded map[string]*document
	size   int64
}

// node is an object in one of the files, in which its references are relative.
type node struct {
	object
	in *document
}

// open reads the first file.
func open(file string) (*documents, error) {
	folder, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	d := &documents{folder: folder, loaded: map[string]*document{}}
	if d.first, err = d.load(filepath.Base(file)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", file, err), folder.Close())
	}
	return d, nil
}

func (d *documents) close() { _ = d.folder.Close() } // nothing is lost: it is only a handle on a folder

// load reads a file of the folder. A file is read once.
func (d *documents) load(name string) (*document, error) {
	if known, ok := d.loaded[name]; ok {
		if known == nil {
			return nil, errors.New("the file cannot be read")
		}
		return known, nil
	}
	d.loaded[name] = nil
	file, err := d.folder.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it is only read
	text, err := io.ReadAll(io.LimitReader(file, maxSpec+1-d.size))
	if err != nil {
		return nil, err
	}
	if d.size += int64(len(text)); d.size > maxSpec {
		return nil, fmt.Errorf("the document is larger than %d MiB", maxSpec>>20)
	}
	root, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	d.loaded[name] = &document{name: name, root: root}
	return d.loaded[name], nil
}

// parseDocument reads JSON as JSON and everything else as YAML: a YAML reader refuses
// JSON that is valid by RFC 8259, such as surrogate pairs and "\/".
func parseDocument(text []byte) (root object, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' {
		if err = json.Unmarshal(text, &root); err == nil {
			return root, nil
		}
		var flow object // YAML's own braces
		if yaml.Unmarshal(text, &flow) == nil {
			return flow, nil
		}
		return nil, fmt.Errorf("the file is not valid JSON: %w", err)
	}
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("the file is neither JSON nor YAML: %w", err)
	}
	return root, nil
}

// maxReferences is how many references may lead to one another.
const maxReferences = 16

// follow returns v as an object, with its references followed.
func (d *documents) follow(v any, in *document) (node, error) {
	for range maxReferences {
		o, ok := v.(object)
		if !ok {
			return node{in: in}, nil
		}
		reference, ok := o["$ref"].(string)
		if !ok {
			return node{o, in}, nil
		}
		file, pointer, _ := strings.Cut(reference, "#")
		if file != "" {
			if strings.Contains(file, "://") || strings.HasPrefix(file, "//") {
				return node{}, fmt.Errorf("the reference %q leads to the network, where nothing is fetched", reference)
			}
			name := path.Join(path.Dir(in.name), file)
			if path.IsAbs(file) || name == ".." || strings.HasPrefix(name, "../") {
				return node{}, fmt.Errorf("the reference %q leads out of the document's folder", reference)
			}
			other, err := d.load(name)
			if err != nil {
				return node{}, fmt.Errorf("the reference %q cannot be followed: %w", reference, err)
			}
			in = other
		}
		v = in.root
		for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			if step == "" {
				continue
			}
			inside, _ := v.(object)
			if v, ok = inside[strings.NewReplacer("~1", "/", "~0", "~", "%7B", "{", "%7D", "}").Replace(step)]; !ok {
				return node{}, fmt.Errorf("the reference %q leads nowhere", reference)
			}
		}
	}
	return node{}, errors.New("its references lead in a circle")
}

// plain is follow for what only helps to fill in values: a reference that cannot be
// followed is an empty object.
func (d *documents) plain(v any, in *document) node {
	n, err := d.follow(v, in)
	if err != nil {
		return node{in: in}
	}
	return n
}
