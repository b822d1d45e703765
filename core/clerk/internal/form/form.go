// Package form checks the values that clerk.Config and
// clerkapi.BackendConfig have in common, so that both give the same advice.
package form

import (
	"errors"
	"strings"
)

// DefaultAPIURL is where Clerk's Backend API is.
const DefaultAPIURL = "https://api.clerk.com"

// Variables has the environment variable of each field. Most people know the
// field by it.
var Variables = map[string]string{
	"PublishableKey":    "CLERK_PUBLISHABLE_KEY",
	"SecretKey":         "CLERK_SECRET_KEY",
	"JWTKey":            "CLERK_JWT_KEY",
	"AuthorizedParties": "CLERK_AUTHORIZED_PARTIES",
	"ProxyURL":          "CLERK_PROXY_URL",
	"APIURL":            "CLERK_API_URL",
	"MachineSecretKey":  "CLERK_MACHINE_SECRET_KEY",
}

// Error is a mistake in a configuration. It prints the name of the field, its
// environment variable and what to do.
type Error struct {
	Config string // such as "clerk: Config"
	Field  string
	Err    error // reads on after the name of the field
}

// Error returns the whole sentence.
func (e *Error) Error() string {
	name := e.Config + "." + e.Field
	if variable := Variables[e.Field]; variable != "" {
		name += " (" + variable + ")"
	}
	return name + " " + e.Err.Error()
}

// Unwrap returns the mistake without the name of the field.
func (e *Error) Unwrap() error { return e.Err }

// ErrPlaceholder is for a value that was copied from an example.
var ErrPlaceholder = errors.New("still holds the placeholder of an example: put in the real value, from the API keys page of the Clerk dashboard, or remove it")

// IsPlaceholder reports whether value is what examples have in place of a key,
// such as your_clerk_secret_key_here. No real value begins or ends like that.
func IsPlaceholder(value string) bool {
	v := strings.ToLower(strings.Trim(value, " \t\r\n\"'"))
	for _, scheme := range []string{"pk_test_", "pk_live_", "sk_test_", "sk_live_"} {
		v = strings.TrimPrefix(v, scheme)
	}
	return strings.HasPrefix(v, "your_") || strings.HasPrefix(v, "your-clerk") || strings.HasPrefix(v, "<") ||
		strings.HasSuffix(v, "_here") || strings.HasSuffix(v, "...") || strings.HasSuffix(v, "…")
}

// SecretKey checks the form of a secret key and reports whether it belongs to a
// test instance.
func SecretKey(key string) (test bool, err error) {
	mode := strings.TrimPrefix(key, "sk_") // early keys have no sk_
	test = strings.HasPrefix(mode, "test_")
	switch {
	case strings.HasPrefix(key, "pk_"):
		return false, errors.New("holds a publishable key: put the secret key here, it begins with sk_")
	case !test && !strings.HasPrefix(mode, "live_"), strings.ContainsAny(mode, " \t\r\n"):
		return false, errors.New(`is not a secret key: copy it whole from the dashboard, it begins with "sk_test_" or "sk_live_"`)
	}
	return test, nil
}

// MachineSecretKey checks the form of a machine's secret key.
func MachineSecretKey(key string) error {
	if !strings.HasPrefix(key, "ak_") || strings.ContainsAny(key, " \t\r\n") {
		return errors.New("is not the secret key of a machine: it begins with ak_")
	}
	return nil
}

// MaxID is the most characters that an id may have behind its prefix.
const MaxID = 128

// IsID reports whether id is the kind, an underscore, and letters, digits and
// underscores, as Clerk makes ids. Only such ids become part of a path.
func IsID(kind, id string) bool {
	rest, ok := strings.CutPrefix(id, kind+"_")
	return ok && IsIdentifier(rest, "_", MaxID)
}

// IsIdentifier reports whether s has at most that many characters, at least
// one, and only letters, digits and the characters in also.
func IsIdentifier(s, also string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(also, r)
	})
}
