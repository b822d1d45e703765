package client

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// describe answers with what arrived, in one line.
func describe(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/picture":
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte{0x89, 0x50, 0xff, 0x00})
		return
	case "/answer":
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		fmt.Fprint(w, `{"up":true}`)
		return
	case "/empty":
		w.WriteHeader(http.StatusNoContent)
		return
	}
	line := r.Method + " " + r.RequestURI
	if given := r.Header.Get("Content-Type"); given != "" {
		media, parameters, err := mime.ParseMediaType(given)
		body := ""
		if err == nil && strings.HasPrefix(media, "multipart/") {
			body, err = describeParts(multipart.NewReader(r.Body, parameters["boundary"]))
		} else if err == nil {
			body, err = describeBody(r.Body)
		}
		if err != nil {
			body = err.Error()
		}
		line += " " + media + " " + body
	}
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprint(w, line)
}

func describeParts(reader *multipart.Reader) (string, error) {
	var parts []string
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			slices.Sort(parts)
			return strings.Join(parts, " "), nil
		}
		if err != nil {
			return "", err
		}
		body, err := describeBody(part)
		if err != nil {
			return "", err
		}
		name := part.FormName()
		if media := part.Header.Get("Content-Type"); media != "" {
			name += "(" + media + ")"
		}
		parts = append(parts, name+"="+body)
	}
}

func describeBody(body io.Reader) (string, error) {
	text, err := io.ReadAll(body)
	if !utf8.Valid(text) {
		return fmt.Sprintf("%x", text), err
	}
	return string(text), err
}

// document reads a file of the documents that openapi is tested with.
func document(t *testing.T, name string) *spec {
	t.Helper()
	s := &spec{}
	if err := s.open(filepath.Join(here, "..", "openapi", "testdata", "documents", name)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.readParts(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s.prepare()
	return s
}

// TestWire has every kind of TypeScript client send what the document says.
func TestWire(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(describe))
	t.Cleanup(server.Close)
	s := document(t, "wire.yaml")
	for _, kind := range []string{"rest", "axios", "trpc/spec"} {
		t.Run(kind, func(t *testing.T) {
			folder := kindClient(t, kind, File{Path: "formats.ts", Text: s.formatsTS()}, File{Path: "procedures.ts", Text: proceduresTS(s.procedures())})
			runNode(t, folder, "wire.mjs", kind, server.URL)
		})
	}
}

// TestPrototypeNames has error codes of a server that are names which every
// object inherits.
func TestPrototypeNames(t *testing.T) {
	for _, kind := range []string{"graphql", "trpc/router"} {
		t.Run(kind, func(t *testing.T) {
			runNode(t, kindClient(t, kind), "prototype.mjs", kind)
		})
	}
}
