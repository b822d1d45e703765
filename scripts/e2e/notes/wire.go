package notes

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// wire answers with what arrived, in one line, and with a picture of four bytes. A
// page on any origin may call it.
func wire(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodOptions:
		rw.Header().Set("Access-Control-Allow-Methods", "PUT, PATCH")
		rw.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		return
	case r.URL.Path == "/wire/picture":
		rw.Header().Set("Content-Type", "image/png")
		_, _ = rw.Write([]byte{0x89, 0x50, 0xff, 0x00}) // a client that is gone needs no answer
		return
	}
	line := r.Method + " " + r.RequestURI
	if r.Body != http.NoBody {
		media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		body := ""
		if err == nil && media == "multipart/form-data" {
			body, err = parts(multipart.NewReader(r.Body, parameters["boundary"]))
		} else if err == nil {
			body, err = printable(r.Body)
		}
		if err != nil {
			body = err.Error()
		}
		line += " " + media + " " + body
	}
	rw.Header().Set("Content-Type", "text/plain")
	fmt.Fprint(rw, line)
}

// parts describes the parts of a form, in the order of their names.
func parts(form *multipart.Reader) (string, error) {
	var all []string
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			slices.Sort(all)
			return strings.Join(all, " "), nil
		}
		if err != nil {
			return "", err
		}
		body, err := printable(part)
		if err != nil {
			return "", err
		}
		name := part.FormName()
		if media := part.Header.Get("Content-Type"); media != "" {
			name += "(" + media + ")"
		}
		all = append(all, name+"="+body)
	}
}

// printable reads text as it is, and other bytes as hexadecimal digits.
func printable(body io.Reader) (string, error) {
	text, err := io.ReadAll(body)
	if !utf8.Valid(text) {
		return fmt.Sprintf("%x", text), err
	}
	return string(text), err
}
