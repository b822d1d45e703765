package openapi

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

var hasScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// Target is the file that a reference in another file leads to, as a path from the
// document's folder, and the JSON Pointer in it. A reference to the network or out
// of the folder is an error.
func Target(from, ref string) (name, pointer string, err error) {
	file, fragment, _ := strings.Cut(ref, "#")
	pointer = fragment // with a percent sign that is meant as one
	if plain, err := url.PathUnescape(fragment); err == nil {
		pointer = plain
	}
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

// Resolve follows a JSON Pointer (RFC 6901) without its escapes of URLs. ok says
// whether there is such a value.
func Resolve(v any, pointer string) (value any, ok bool) {
	if pointer == "" || pointer == "/" {
		return v, true
	}
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch in := v.(type) {
		case map[string]any:
			if v, ok = in[unescaper.Replace(name)]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// EscapePointer is a name as it stands in a JSON Pointer.
func EscapePointer(name string) string { return escaper.Replace(name) }

// Node is an object and the file that it stands in, to which its references are
// relative. Object is nil where the document has something else.
type Node struct {
	Object map[string]any
	File   string
}

// maxReferences is how many references may lead to one another.
const maxReferences = 32

// Follow is a value of a file as an object, with references followed.
func (d *Document) Follow(v any, file string) (Node, error) {
	for range maxReferences {
		object, _ := v.(map[string]any)
		ref, ok := object["$ref"].(string)
		if !ok {
			return Node{object, file}, nil
		}
		name, pointer, err := Target(file, ref)
		if err != nil {
			return Node{File: file}, fmt.Errorf("the reference %q %w", ref, err)
		}
		in, err := d.Load(name)
		if err != nil {
			return Node{File: file}, fmt.Errorf("the reference %q cannot be followed: %w", ref, err)
		}
		file = name
		if v, ok = Resolve(in.Root, pointer); !ok {
			return Node{File: file}, fmt.Errorf("the reference %q leads nowhere", ref)
		}
	}
	return Node{File: file}, errors.New("its references lead in a circle")
}

// Plain is Follow for what a document may lack: what cannot be followed has no
// object.
func (d *Document) Plain(v any, file string) Node {
	n, err := d.Follow(v, file)
	if err != nil {
		return Node{File: n.File}
	}
	return n
}
