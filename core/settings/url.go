package settings

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// tenantID is what stands for the tenant in an issuer of many tenants; see
// core.Issuer.URL.
const tenantID = "{tenantid}"

// IssuerName checks the name of an issuer, which tokens have in `iss` and which is
// compared byte for byte. It need not be an address; {tenantid} may be in it.
func IssuerName(value string) error {
	if err := Text(strings.ReplaceAll(value, tenantID, "0")); err != nil {
		return err
	}
	switch before, _, found := strings.Cut(value, "/.well-known/"); {
	case found:
		return fmt.Errorf("%s is the address of a document: write what the document calls \"issuer\", which is %s or has a slash more", shown(value), shown(before))
	case strings.ContainsFunc(value, unicode.IsSpace):
		return fmt.Errorf("%s has white space in it: write one issuer alone", shown(value))
	case strings.Contains(value, "*"):
		return fmt.Errorf("%s is a pattern, and an issuer is compared as it stands: write the one that tokens have in iss", shown(value))
	}
	return nil
}

// Issuer checks an issuer whose keys are found by discovery: an https URL without
// user, query and fragment (OpenID Connect Discovery 1.0 section 3, RFC 8414 section
// 2). http is for this machine; for any other it is [ErrPlainHTTP], unless allowHTTP.
func Issuer(value string, allowHTTP bool) error {
	switch err := IssuerName(value); {
	case err != nil:
		return err
	case strings.Contains(value, tenantID):
		return fmt.Errorf("%s stands for many issuers: write your tenant's ID in its place, such as https://login.microsoftonline.com/<tenant id>/v2.0, "+
			"or take the key set of all tenants with jwks.Remote", shown(value))
	}
	if err := address(value, allowHTTP, "https://issuer.example.com"); err != nil {
		return err
	}
	u, err := url.Parse(value)
	if err != nil {
		return err // not after address
	}
	if strings.HasPrefix(strings.ToLower(u.Hostname()), "login.microsoftonline.") {
		switch tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); tenant {
		case "common", "organizations", "consumers":
			return fmt.Errorf("%s has %q in it, which stands for many issuers: write your tenant's ID in its place, or take the key set of all tenants with jwks.Remote", shown(value), tenant)
		}
	}
	return nil
}

// URL checks the address of a service: https, or http to this machine, or with
// allowHTTP to any. It may have a path, and no user, query or fragment.
func URL(value string, allowHTTP bool) error {
	if err := Text(value); err != nil {
		return err
	}
	return address(value, allowHTTP, "https://api.example.com")
}

// address checks what [Text] does not.
func address(value string, allowHTTP bool, example string) error {
	if IsPlaceholder(value) {
		return errPlaceholder(value)
	}
	if scheme := missingScheme(value); scheme != "" {
		return fmt.Errorf("%s is not an absolute URL, because its scheme is missing: write %s", shown(value), shown(scheme+"://"+value))
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return fmt.Errorf("%s is not an absolute URL: write it such as %q", shown(value), example)
	case u.User != nil:
		return errors.New("holds a user name, which would be in logs and in error messages: remove it")
	case strings.ContainsAny(value, "?#"):
		what, section := "a query", "it may have a scheme, a host and a path (OpenID Connect Discovery 1.0 section 2)"
		if !strings.Contains(value, "?") {
			what = "a fragment"
		}
		return fmt.Errorf("%s holds %s: %s; write %s", shown(value), what, section, shown(value[:strings.IndexAny(value, "?#")]))
	case u.Scheme == "http" && !allowHTTP && !IsLoopback(u.Hostname()):
		return fmt.Errorf("%s %w", shown(value), ErrPlainHTTP)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%s is neither https nor http: write it with https", shown(value))
	case strings.Contains(u.Path, "/../") || strings.HasSuffix(u.Path, "/.."):
		return fmt.Errorf("%s has .. in its path: write the path that is meant", shown(value))
	}
	return nil
}

// hostAlone matches an address without scheme: a host with a dot in it, or
// localhost, with a port and a path or without.
var hostAlone = regexp.MustCompile(`^(//)?([A-Za-z0-9_-]+\.[A-Za-z0-9._-]+|(?i:localhost)|\[[0-9a-fA-F:]+\])(:[0-9]+)?(/|$)`)

// missingScheme returns the scheme that an address lacks, or "".
func missingScheme(value string) string {
	m := hostAlone.FindStringSubmatch(value)
	switch {
	case m == nil || m[1] != "":
		return ""
	case IsLoopback(strings.Trim(m[2], "[]")):
		return "http"
	}
	return "https"
}

// Origin checks that a value is an origin exactly as browsers send it in the Origin
// header (RFC 6454 section 6.2): scheme, host in lower case, and a port that is not the
// scheme's own; no path, and no slash at the end. The comparison is exact. Schemes
// other than http and https are those of native apps and browser extensions.
func Origin(value string) error {
	switch value {
	case "*", "null":
		return fmt.Errorf("%s is not an origin, and would stand for everybody's pages: write each origin, such as %q", shown(value), "https://app.example.com")
	}
	if err := Text(value); err != nil {
		return err
	}
	switch scheme := missingScheme(value); {
	case strings.Contains(value, "*"):
		return fmt.Errorf("%s is not an origin but a pattern: write each origin, such as %q", shown(value), "https://app.example.com")
	case IsPlaceholder(value):
		return errPlaceholder(value)
	case scheme != "":
		if want, ok := asOrigin(scheme + "://" + value); ok {
			return fmt.Errorf("%s is not an origin, because its scheme is missing: write %s", shown(value), shown(want))
		}
	}
	switch want, ok := asOrigin(value); {
	case !ok:
		return fmt.Errorf("%s is not an origin: write it as a browser does, such as %q", shown(value), "https://app.example.com")
	case want != value:
		return fmt.Errorf("%s is not an origin as a browser sends it, which has no path, no slash at its end, no capitals and no default port: write %s", shown(value), shown(want))
	}
	return nil
}

// WebOrigin is [Origin] for http and https alone.
func WebOrigin(value string) error {
	err := Origin(value)
	if err == nil && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "http://") {
		err = fmt.Errorf("%s is not an origin of a web page: write one with http or https, such as %q", shown(value), "https://app.example.com")
	}
	return err
}

// asOrigin returns the origin of an address.
func asOrigin(value string) (string, bool) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.Opaque != "" || strings.ContainsFunc(value, unicode.IsSpace) {
		return "", false
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		origin = strings.TrimSuffix(origin, ":"+port)
	}
	return strings.TrimSuffix(origin, ":"), true
}
