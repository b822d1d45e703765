package clerk

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

const defaultAPIURL = "https://api.clerk.com"

// Config says which Clerk instance to trust. PublishableKey alone is enough to
// start. The zero value of every other field is the strict choice; what loosens
// has Allow in its name.
type Config struct {
	// PublishableKey is the instance's pk_test_ or pk_live_ key. The issuer comes
	// from it, and so does the address of the keys.
	PublishableKey string
	// SecretKey is the sk_test_ or sk_live_ key. Verifying sessions needs it only
	// where there is neither JWTKey nor PublishableKey: then the Backend API is
	// asked for the keys with it.
	SecretKey string
	// JWTKey is the instance's public key as PEM. With it no key is ever fetched:
	// a rotation needs a restart. Line breaks that an environment file damaged are
	// put right, see [jwks.PEM].
	JWTKey string

	// ProxyURL is where the Frontend API is when it is behind a proxy. It is then
	// the issuer, in place of the host in PublishableKey, and keys come through it.
	ProxyURL string
	// APIURL is where the Backend API is; default https://api.clerk.com. It gets
	// the secret key.
	APIURL string

	// AuthorizedParties are the origins of your front ends, as browsers send them,
	// without trailing slash: a token that was given to another one is refused
	// (`azp`). Empty: not checked.
	AuthorizedParties []string
	// AllowMissingAuthorizedParty accepts, with AuthorizedParties, tokens without
	// `azp`. Clerk leaves it out where the request for the token had no Origin: in
	// page loads, from native apps and from the Backend API.
	AllowMissingAuthorizedParty bool
	// Audiences: one of these must be in `aud`. Empty: not checked, as session
	// tokens have none unless you customize them.
	Audiences []string

	// AllowPending accepts sessions whose user still has to do something, such as
	// choose an organization. [Session].Pending tells them apart.
	AllowPending bool
	// AllowCookie reads the session cookie as well, after the Authorization header
	// and under core's rule against other sites' requests. It demands
	// AuthorizedParties and PublishableKey.
	AllowCookie bool

	// Claims is where custom session claims hold rights of your own, such as
	// {Roles: "metadata.role"}. The organization's role and permissions are added
	// to them. The organization itself is Clerk's: Claims.Organization is not used.
	Claims core.ClaimNames

	// Directory finds roles and permissions in the users' public metadata where a
	// token does not have them, and users for [CurrentUser]. nil: what the token
	// says is all.
	Directory *Directory
	// MetadataClaim is the session claim that holds the user's public metadata, if
	// you customized the token so that it has one; its role, roles and permissions
	// are granted, and no call is made for them. Default: with Directory
	// "metadata", without none. It must hold {{user.public_metadata}}: never let it
	// be the unsafe_metadata, which users write.
	MetadataClaim string

	// JWKS tunes the fetching of keys: intervals, HTTP client.
	JWKS jwks.Options

	// Core is everything else. Issuers named there stand beside Clerk. Extract
	// is where tokens are looked for, before the cookie of AllowCookie.
	Core core.Config
}

// New returns an Authenticator for the sessions of one Clerk instance and
// whatever cfg.Core names beside it, or an error that names the wrong field and
// what to do about it. It needs no network.
func New(cfg Config) (*core.Authenticator, error) {
	in, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	is, err := in.issuer()
	if err != nil {
		return nil, err
	}
	c := cfg.Core
	c.Issuers = append(slices.Clone(c.Issuers), is) // last, so that core's errors count as the caller does
	if cfg.AllowCookie {
		if len(c.Extract) == 0 {
			c.Extract = []core.Extractor{core.BearerHeader()}
		}
		c.Extract = append(slices.Clone(c.Extract), in.cookie())
	}
	return core.New(c)
}

// Issuer returns the Clerk instance as one issuer among others, for [core.New]:
// where its Rights or Claims are to be changed, say. cfg.Core counts only for its
// clock. AllowCookie is of no effect, because cookies are the business of the
// Authenticator: use [New] for them.
func Issuer(cfg Config) (core.Issuer, error) {
	in, err := cfg.complete()
	if err != nil {
		return core.Issuer{}, err
	}
	return in.issuer()
}

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
}

func wrong(field string, err error) error {
	if name := env[field]; name != "" {
		field += " (" + name + ")"
	}
	return fmt.Errorf("clerk: Config.%s %w", field, err)
}

// complete checks everything but the keys.
func (c Config) complete() (*instance, error) {
	in := &instance{Config: c}
	if in.APIURL == "" {
		in.APIURL = defaultAPIURL
	}
	for _, check := range []func() error{in.checkPlaceholders, in.checkLists, in.setIssuer, in.checkSecret, in.checkCookie} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (in *instance) checkPlaceholders() error {
	values := []struct{ field, value string }{
		{"PublishableKey", in.PublishableKey}, {"SecretKey", in.SecretKey}, {"JWTKey", in.JWTKey},
		{"ProxyURL", in.ProxyURL}, {"APIURL", in.APIURL},
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
