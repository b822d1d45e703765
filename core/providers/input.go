package providers

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/core/settings"
)

// input checks the parameters of one function and keeps the first mistake.
type input struct {
	function string
	options  jwks.Options
	given    bool // options were given
	err      error
}

func newInput(function string, options []jwks.Options) *input {
	in := &input{function: function}
	switch len(options) {
	case 0:
	case 1:
		in.options, in.given = options[0], true
	default:
		in.err = fmt.Errorf("providers: %s: there are %d jwks.Options: give one or none", function, len(options))
	}
	return in
}

func (in *input) fail(parameter, value, format string, args ...any) {
	if in.err == nil {
		in.err = fmt.Errorf("providers: %s: %s %.128q %s", in.function, parameter, value, fmt.Sprintf(format, args...))
	}
}

// text checks that a value is there and is not the one of an example.
func (in *input) text(parameter, value, example string) bool {
	switch {
	case value == "":
		in.fail(parameter, value, "is empty: write a value such as %q, or set the variable that it comes from", example)
	case !in.spelled(parameter, settings.Text(value), example):
	case strings.ContainsFunc(value, unicode.IsSpace):
		in.fail(parameter, value, "contains white space: write it without, such as %q", example)
	default:
		return true
	}
	return false
}

// spelled keeps what package settings found wrong with a value.
func (in *input) spelled(parameter string, wrong error, example string) bool {
	if wrong != nil && in.err == nil {
		in.err = fmt.Errorf("providers: %s: %s %w; an example is %q", in.function, parameter, wrong, example)
	}
	return wrong == nil
}

// name checks a value that becomes part of an address, such as a project ID.
func (in *input) name(parameter, value, example string) bool {
	switch {
	case !in.text(parameter, value, example):
	case strings.Contains(value, "://"):
		in.fail(parameter, value, "is an address: write the name alone, such as %q", example)
	case strings.ContainsFunc(value, func(r rune) bool { return !isNameRune(r) }):
		in.fail(parameter, value, "may only have letters, digits, '-' and '_': write it such as %q", example)
	case settings.IsPlaceholder(value):
		in.fail(parameter, value, "is a placeholder: write your own value in its place, such as %q", example)
	default:
		return true
	}
	return false
}

func isNameRune(r rune) bool {
	return r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// host checks the name of a host, without scheme, port and path.
func (in *input) host(parameter, value, example string) bool {
	switch {
	case !in.text(parameter, value, example):
	case strings.Contains(value, "://") || strings.Contains(value, "/"):
		in.fail(parameter, value, "must be a host name without scheme and slash, such as %q", example)
	case !strings.Contains(value, ".") || strings.HasPrefix(value, ".") || strings.HasSuffix(value, ".") ||
		strings.ContainsFunc(value, func(r rune) bool { return r != '.' && !isNameRune(r) }):
		in.fail(parameter, value, "must be a whole host name, such as %q", example)
	case strings.ToLower(value) != value:
		in.fail(parameter, value, "must be in small letters, as the issuer has it: %q", strings.ToLower(value))
	case settings.IsPlaceholder(value):
		in.fail(parameter, value, "is a placeholder: write your own value in its place, such as %q", example)
	default:
		return true
	}
	return false
}

// uuid checks an ID that Microsoft calls a GUID. Tokens have it in small letters.
func (in *input) uuid(parameter, value, example string) bool {
	if !in.text(parameter, value, example) {
		return false
	}
	if !uuidPattern.MatchString(value) {
		in.fail(parameter, value, "must be an ID in small letters, such as %q", example)
		return false
	}
	return true
}

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// address checks a URL: https, or http to this machine, without slash at its end.
func (in *input) address(parameter, value, example string) bool {
	switch {
	case !in.url(parameter, value, example):
	case strings.HasSuffix(value, "/"):
		in.fail(parameter, value, "must not end in a slash: write it such as %q", example)
	default:
		return true
	}
	return false
}

// url is address with or without the slash.
func (in *input) url(parameter, value, example string) bool {
	if !in.text(parameter, value, example) {
		return false
	}
	err := settings.Issuer(value, in.options.AllowHTTP)
	if errors.Is(err, settings.ErrPlainHTTP) {
		err = fmt.Errorf("%w, or set jwks.Options.AllowHTTP", err)
	}
	return in.spelled(parameter, err, example)
}

// discovered returns an issuer whose keys its metadata names.
func (in *input) discovered(is core.Issuer) (core.Issuer, error) {
	if in.err == nil && in.given {
		var err error
		if is.Keys, err = jwks.Discover(is.URL, in.options); err != nil {
			in.err = fmt.Errorf("providers: %s: %w", in.function, err)
		}
	}
	return in.result(is)
}

// remote returns an issuer whose keys are at an address that its metadata does not
// tell, or that has no metadata.
func (in *input) remote(is core.Issuer, keys string) (core.Issuer, error) {
	if in.err == nil {
		var err error
		if is.Keys, err = jwks.Remote(keys, in.options); err != nil {
			in.err = fmt.Errorf("providers: %s: %w", in.function, err)
		}
	}
	return in.result(is)
}

func (in *input) result(is core.Issuer) (core.Issuer, error) {
	if in.err != nil {
		return core.Issuer{}, in.err
	}
	return is, nil
}

// errTokenKind refuses a token of the right issuer that is not the kind of token
// that an API should get.
var errTokenKind = errors.New("providers: the provider made this token for another purpose than access to an API")
