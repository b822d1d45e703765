// Package settings finds mistakes in the settings of an API before they cost it a
// day: an issuer with a blank behind it, the placeholder of an example, an origin
// with a slash. Such a value is accepted nowhere and matches no token, so the API
// would start, and then refuse everybody.
//
// core.New, package clerk, package providers and the command authkeel all check with
// these functions. Call them for settings that a program of your own reads or writes.
// They look at the spelling alone and need no network; `authkeel doctor` asks whether
// an issuer answers.
//
// An error reads on after the name of the setting. It shows the value, quoted and at
// most 128 bytes of it, says what is wrong with it, and what to write instead:
//
//	OIDC_ISSUER "https://tenant.eu.auth0.com/ " has white space at its end: write "https://tenant.eu.auth0.com/"
package settings

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// ErrPlainHTTP is in the error for an address that is plain http beyond loopback, so
// that a caller can say how to allow it.
var ErrPlainHTTP = errors.New("is plain http to another machine, where anybody on the way can change the answer: use https")

// Text checks what no setting has: white space or quotes around it, and placeholders
// in brackets or capitals. An empty value is an error.
func Text(value string) error {
	trimmed := strings.TrimFunc(value, unicode.IsSpace)
	switch {
	case trimmed == "":
		return fmt.Errorf("%s is empty: write a value, or set the variable that it comes from", shown(value))
	case trimmed != value:
		return fmt.Errorf("%s has white space at %s: write %s", shown(value), ends(value), shown(trimmed))
	case isQuote(value[0]) || isQuote(value[len(value)-1]):
		return fmt.Errorf("%s has quotes in it, which are not part of the value: write %s", shown(value), shown(strings.Trim(value, `"'`)))
	case strings.ContainsFunc(value, unicode.IsControl):
		return fmt.Errorf("%s has a control character in it: write it on one line", shown(value))
	case variable.MatchString(value):
		return fmt.Errorf("%s is the name of a variable that nothing has replaced: write its value", shown(value))
	case placeholder.MatchString(value):
		return errPlaceholder(value)
	}
	return nil
}

func errPlaceholder(value string) error {
	return fmt.Errorf("%s is a placeholder: write your own value in its place", shown(value))
}

// ends says where the white space is.
func ends(value string) string {
	before, behind := strings.TrimLeftFunc(value, unicode.IsSpace) != value, strings.TrimRightFunc(value, unicode.IsSpace) != value
	switch {
	case before && behind:
		return "both ends"
	case before:
		return "its beginning"
	}
	return "its end"
}

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// variable matches what a shell or a template should have replaced.
var variable = regexp.MustCompile(`\$\{?[A-Za-z_]|\$\(|\{\{|%[A-Z_]{3,}%`)

// IsPlaceholder reports whether the name of a host, a tenant or a project, or an address
// with one in it, is what documentation and examples have in its place: <tenant>,
// {yourDomain}, YOUR_DOMAIN, your-tenant. An API or a client may well be called
// "your-api", so for these [Audience] and [Client] look for brackets and capitals alone.
func IsPlaceholder(value string) bool {
	return placeholder.MatchString(value) || placeholderName.MatchString(value)
}

var (
	// placeholder matches words in capitals and brackets, which are in no address and
	// no name.
	placeholder = regexp.MustCompile(`[<>{}]|YOUR|^TODO$|XXXX|_here$|(?i:(^|[^a-z])(change|replace)[-_]?(me|with|this)([^a-z]|$))|\.\.\.$|…`)
	// placeholderName matches the first part of a host, a path segment or a whole
	// value. A company may well be called "yourcompany".
	placeholderName = regexp.MustCompile(`(?i)(^|[./@])your([-_]?(tenant|domain|project|client|realm|subdomain|pool|okta)|[-_](app|clerk|org|company|team|api|issuer|audience|auth|server|key))`)
)

// password matches an address with a user in it.
var password = regexp.MustCompile(`//[^/]*@`)

// shown quotes a value for a message. An address with a password is not shown.
func shown(value string) string {
	if password.MatchString(value) {
		return `"…"`
	}
	const most = 128
	if len(value) > most {
		value = strings.ToValidUTF8(value[:most], "") + "…"
	}
	return fmt.Sprintf("%q", value)
}

// IsLoopback reports whether a host, without its port, is this machine.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// Audience checks a name that tokens have in `aud`. It is compared byte for byte, so
// it is no pattern and no list.
func Audience(value string) error {
	switch err := Text(value); {
	case err != nil:
		return err
	case strings.Contains(value, "*"):
		return fmt.Errorf("%s is a pattern, and an audience is compared as it stands: write the one that tokens have in aud", shown(value))
	case strings.Contains(value, "://") && strings.ContainsFunc(value, unicode.IsSpace):
		return fmt.Errorf("%s has white space in it: write one audience alone; several are a list", shown(value))
	}
	return nil
}

// Client checks a client ID, or whatever else tokens have in `azp`. It is compared
// byte for byte.
func Client(value string) error {
	err := Text(value)
	if err == nil && strings.Contains(value, "*") {
		err = fmt.Errorf("%s is a pattern, and a client is compared as it stands: write each one that may call this API", shown(value))
	}
	return err
}

// ClaimName checks the name of a claim, or the path to one: "roles",
// "https://api.example.com/roles", "realm_access.roles". Parts of a path that are
// empty match nothing.
func ClaimName(value string) error {
	switch err := Text(value); {
	case strings.HasPrefix(value, "$."):
		return fmt.Errorf("%s is a JSONPath: write the path without it, %s", shown(value), shown(value[2:]))
	case err != nil:
		return err
	}
	var parts []string
	for part := range strings.SplitSeq(value, ".") {
		if part == "*" || strings.HasSuffix(part, "[*]") || strings.HasSuffix(part, "[]") {
			return fmt.Errorf("%s is a pattern, and every part of a path is one name: write it such as %q", shown(value), "realm_access.roles")
		}
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	switch meant := strings.Join(parts, "."); {
	case meant == "":
		return fmt.Errorf("%s has no name in it: write the name of a claim, such as %q", shown(value), "realm_access.roles")
	case meant != value:
		return fmt.Errorf("%s has an empty part or white space at a dot, so that it matches no claim: write it such as %s", shown(value), shown(meant))
	}
	return nil
}
