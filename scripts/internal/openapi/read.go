// Package openapi reads OpenAPI documents: Swagger 2.0 and OpenAPI 3.0, 3.1 and
// 3.2, in JSON or YAML, in one file or in several files of one folder. Every
// command that takes a document reads it here, so that all of them see the same
// operations.
//
// A document may have been written by somebody else. Nothing is taken from the
// network, and no file outside the document's folder is read: see [Document.Load].
package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Limits of what is read. A document beyond one of them is an error.
const (
	MaxBytes = 32 << 20 // of all files of a document together
	maxDepth = 500      // of nested objects and lists
)

// File is one file of a document.
type File struct {
	Name string // relative to the document's folder, with slashes
	Text []byte
	Root map[string]any // values as encoding/json has them, with numbers as json.Number
}

// Document is a document whose other files are read when a reference leads to
// them. It is not for concurrent use.
type Document struct {
	// Version is what the document says about itself: "3.1", "3.0.3", or "2.0" for
	// Swagger.
	Version string
	// Main is the file that was opened.
	Main *File

	folder *os.Root // nil for a document that is not in a file
	files  map[string]*File
	failed map[string]error
	size   int
}

// Open reads the document in a file. The caller has to call Close.
func Open(name string) (*Document, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := ReadAll(file)
	if err != nil {
		return nil, err
	}
	d, err := newDocument(text, filepath.Base(name))
	if err != nil {
		return nil, err
	}
	d.folder, err = os.OpenRoot(filepath.Dir(name))
	return d, err
}

// Parse reads a document that is not in a file: it has to be in one piece.
func Parse(text []byte) (*Document, error) { return newDocument(text, "openapi.yaml") }

func newDocument(text []byte, name string) (*Document, error) {
	d := &Document{Main: &File{Name: name}, files: map[string]*File{}, failed: map[string]error{}}
	return d, d.SetMain(text)
}

// SetMain puts another text in the place of the document's own file, such as the
// OpenAPI document that a Swagger document was converted to.
func (d *Document) SetMain(text []byte) error {
	root, err := Decode(text)
	if err != nil {
		return err
	}
	if d.Version, err = versionOf(root); err != nil {
		return err
	}
	d.size += len(text) - len(d.Main.Text)
	d.Main = &File{d.Main.Name, text, root}
	d.files[d.Main.Name] = d.Main
	return nil
}

// Close releases the document's folder. Files that were read stay known.
func (d *Document) Close() error {
	if d.folder == nil {
		return nil
	}
	return d.folder.Close()
}

// ReadAll reads at most [MaxBytes].
func ReadAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err == nil && len(text) > MaxBytes {
		return nil, fmt.Errorf("it is larger than %d MiB", MaxBytes>>20)
	}
	return text, err
}

// Load is a file of the document's folder, by the name that [Target] gives. A
// file outside the folder is an error, also when a symbolic link leads there.
func (d *Document) Load(name string) (*File, error) {
	if file := d.files[name]; file != nil {
		return file, nil
	}
	if err := d.failed[name]; err != nil {
		return nil, err
	}
	file, err := d.load(name)
	if err != nil {
		d.failed[name] = err
		return nil, err
	}
	d.files[name] = file
	return file, nil
}

func (d *Document) load(name string) (*File, error) {
	if d.folder == nil {
		return nil, errors.New("it leads to another file, and only the document itself was given: give the file with --spec")
	}
	path := filepath.FromSlash(name)
	info, err := d.folder.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s in the document's folder", name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // a named pipe would be waited for
		return nil, fmt.Errorf("%s is not a file", name)
	}
	file, err := d.folder.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if d.size += len(text); d.size > MaxBytes {
		return nil, fmt.Errorf("the document and the files that it refers to are larger than %d MiB", MaxBytes>>20)
	}
	root, err := Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &File{name, text, root}, nil
}

// Decode reads JSON as JSON and everything else as YAML. JSON has escapes,
// characters and long names that YAML libraries refuse (RFC 8259 sections 7 and
// 8), so the first character decides.
func Decode(text []byte) (map[string]any, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, errors.New("it is empty")
	}
	read := parseYAML
	if trimmed[0] == '{' {
		read = parseJSON
	}
	tree, err := read(text)
	if err != nil && trimmed[0] == '{' {
		if inBraces, yamlErr := parseYAML(text); yamlErr == nil { // {openapi: 3.1.0}
			tree, err = inBraces, nil
		}
	}
	if err != nil {
		return nil, err
	}
	root, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("it is neither YAML nor JSON of a document: at its top is no object")
	}
	return root, nil
}

var knownVersion = regexp.MustCompile(`^3(\.[012](\.\d+)?(-.*)?)?$`)

// versionOf is the version that a document says. YAML takes an unquoted 3.1 for a
// number, whose text is the same.
func versionOf(root map[string]any) (string, error) {
	text := func(name string) string { return fmt.Sprint(root[name]) }
	switch {
	case root["swagger"] == nil && root["openapi"] == nil:
		return "", errors.New("it is no OpenAPI document: it has neither `openapi` nor `swagger` at its top")
	case root["swagger"] != nil && (text("swagger") == "2.0" || text("swagger") == "2"):
		return "2.0", nil
	case root["swagger"] != nil:
		return "", fmt.Errorf("it is of version %.20s of Swagger; known are OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0", text("swagger"))
	case !knownVersion.MatchString(text("openapi")):
		return "", fmt.Errorf("it is of version %.20s; known are OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0", text("openapi"))
	}
	if text("openapi") == "3" {
		return "3.0", nil
	}
	return text("openapi"), nil
}
