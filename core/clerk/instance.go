package clerk

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// instance is a Config made ready.
type instance struct {
	Config
	key publishableKey // zero without one
	url string         // the issuer, and the base of the Frontend API
}

// env has the environment variable of each field, which most people know it by.
var env = map[string]string{
	"PublishableKey":    "CLERK_PUBLISHABLE_KEY",
	"SecretKey":         "CLERK_SECRET_KEY",
	"JWTKey":            "CLERK_JWT_KEY",
	"AuthorizedParties": "CLERK_AUTHORIZED_PARTIES",
	"ProxyURL":          "CLERK_PROXY_URL",
	"APIURL":            "CLERK_API_URL",
	"MachineSecretKey":  "CLERK_MACHINE_SECRET_KEY",
}

func wrong(field string, err error) error { return &fieldError{"Config", field, err} }

// fieldError is a mistake in a configuration. Backend shares checks with Config,
// and its user has to be told the name of his own.
type fieldError struct {
	config, field string
	err           error
}

func (e *fieldError) Error() string {
	name := e.config + "." + e.field
	if variable := env[e.field]; variable != "" {
		name += " (" + variable + ")"
	}
	return "clerk: " + name + " " + e.err.Error()
}

func (e *fieldError) Unwrap() error { return e.err }

// complete checks everything but the keys.
func (c Config) complete() (*instance, error) {
	in := &instance{Config: c}
	if in.APIURL == "" {
		in.APIURL = defaultAPIURL
	}
	if len(in.Accept) == 0 {
		in.Accept = []TokenType{SessionToken}
	}
	if in.Directory != nil && in.MetadataClaim == "" {
		in.MetadataClaim = "metadata"
	}
	for _, check := range []func() error{in.checkPlaceholders, in.checkLists, in.setIssuer, in.checkSecret, in.checkCookie, in.checkMachines} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (in *instance) checkPlaceholders() error {
	values := []struct{ field, value string }{
		{"PublishableKey", in.PublishableKey}, {"SecretKey", in.SecretKey}, {"JWTKey", in.JWTKey},
		{"ProxyURL", in.ProxyURL}, {"APIURL", in.APIURL}, {"MachineSecretKey", in.MachineSecretKey},
	}
	for _, party := range in.AuthorizedParties {
		values = append(values, struct{ field, value string }{"AuthorizedParties", party})
	}
	for _, v := range values {
		if isPlaceholder(v.value) {
			return wrong(v.field, errors.New("still holds the placeholder of an example: put in the real value, from the API keys page of the Clerk dashboard, or remove it"))
		}
	}
	return nil
}

// isPlaceholder knows what examples have in place of a key, such as
// your_clerk_secret_key_here. No real value begins or ends like that.
func isPlaceholder(value string) bool {
	v := strings.ToLower(strings.Trim(value, " \t\r\n\"'"))
	for _, scheme := range []string{"pk_test_", "pk_live_", "sk_test_", "sk_live_"} {
		v = strings.TrimPrefix(v, scheme)
	}
	return strings.HasPrefix(v, "your_") || strings.HasPrefix(v, "your-clerk") || strings.HasPrefix(v, "<") ||
		strings.HasSuffix(v, "_here") || strings.HasSuffix(v, "...") || strings.HasSuffix(v, "…")
}

func (in *instance) checkLists() error {
	err := errors.New("has an empty entry: remove it, or set the variable it comes from")
	if slices.Contains(in.AuthorizedParties, "") {
		return wrong("AuthorizedParties", err)
	}
	if slices.Contains(in.Audiences, "") {
		return wrong("Audiences", err)
	}
	if slices.Contains(in.OAuthClients, "") {
		return wrong("OAuthClients", err)
	}
	return nil
}

// setIssuer finds what `iss` must be. Without a name for it, every instance's
// tokens would have to do.
func (in *instance) setIssuer() error {
	if in.PublishableKey != "" {
		var err error
		if in.key, err = parsePublishableKey(in.PublishableKey); err != nil {
			return wrong("PublishableKey", err)
		}
		in.url = "https://" + in.key.host
	}
	if in.ProxyURL != "" {
		if err := checkURL(in.ProxyURL, in.JWKS.AllowHTTP); err != nil {
			return wrong("ProxyURL", err)
		}
		in.url = strings.TrimRight(in.ProxyURL, "/") // `iss` never ends in one
	}
	if in.url == "" {
		return wrong("PublishableKey", errors.New("is empty: copy it from the API keys page of the Clerk dashboard (your front end has it too); "+
			"it says which issuer to trust, which neither a secret key nor a PEM does"))
	}
	return nil
}

func (in *instance) checkSecret() error {
	if err := checkURL(in.APIURL, false); err != nil {
		return wrong("APIURL", err)
	}
	if in.SecretKey == "" {
		return nil
	}
	mode := strings.TrimPrefix(in.SecretKey, "sk_") // keys of old have no sk_
	test := strings.HasPrefix(mode, "test_")
	switch {
	case strings.HasPrefix(in.SecretKey, "pk_"):
		return wrong("SecretKey", errors.New("holds a publishable key: put the secret key here, it begins with sk_"))
	case !test && !strings.HasPrefix(mode, "live_") || strings.ContainsAny(mode, " \t\r\n"):
		return wrong("SecretKey", errors.New(`is not a secret key: copy it whole from the dashboard, it begins with "sk_test_" or "sk_live_"`))
	case in.PublishableKey != "" && test == in.key.production:
		return wrong("SecretKey", errors.New("is of another instance than PublishableKey: one is a test key, the other a live key"))
	}
	return nil
}

func (in *instance) checkCookie() error {
	switch {
	case !in.AllowCookie:
	case len(in.AuthorizedParties) == 0:
		return wrong("AuthorizedParties", errors.New("is empty, and AllowCookie is set: name the origins of your front ends, or any site below your domain can lend you its sessions"))
	case in.PublishableKey == "":
		return wrong("PublishableKey", errors.New("is empty, and AllowCookie is set: the names of the instance's cookies come from it"))
	}
	return nil
}

// checkURL wants https, or http to this machine.
func checkURL(raw string, allowHTTP bool) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("is not an absolute URL such as https://app.example.com/__clerk")
	case u.User != nil || strings.ContainsAny(raw, "?#"):
		return errors.New("holds a user name, a query or a fragment: scheme, host and path are all it may")
	case u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()):
		return errors.New("is plain http beyond loopback: use https")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
