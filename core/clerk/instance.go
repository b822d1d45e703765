package clerk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core/clerk/internal/form"
	"github.com/authkeel/authkeel/core/internal/environ"
	"github.com/authkeel/authkeel/core/settings"
)

// instance is a checked Config with its defaults filled in.
type instance struct {
	Config
	key publishableKey // zero without one
	url string         // the issuer, and the base of the Frontend API
}

func configError(field string, err error) error {
	return &form.Error{Config: "clerk: Config", Field: field, Err: err}
}

// newInstance checks everything but the keys.
func newInstance(c Config) (*instance, error) {
	in := &instance{Config: c}
	if in.APIURL == "" {
		in.APIURL = form.DefaultAPIURL
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

func (in *instance) accepts(t TokenType) bool { return slices.Contains(in.Accept, t) }

func (in *instance) acceptsMachines() bool {
	return slices.ContainsFunc(in.Accept, func(t TokenType) bool { return t != SessionToken })
}

func (in *instance) checkPlaceholders() error {
	values := []struct{ field, value string }{
		{"PublishableKey", in.PublishableKey}, {"SecretKey", in.SecretKey}, {"JWTKey", in.JWTKey},
		{"MachineSecretKey", in.MachineSecretKey},
	}
	for _, v := range values {
		if form.IsPlaceholder(v.value) {
			return configError(v.field, form.ErrPlaceholder)
		}
	}
	return nil
}

func (in *instance) checkLists() error {
	for _, list := range []struct {
		field  string
		values []string
	}{
		{"AuthorizedParties", in.AuthorizedParties}, {"Audiences", in.Audiences},
		{"OAuthAudiences", in.OAuthAudiences}, {"OAuthClients", in.OAuthClients},
	} {
		if slices.Contains(list.values, "") {
			return configError(list.field, errors.New("has an empty entry: remove it, or set the variable it comes from"))
		}
	}
	for _, party := range in.AuthorizedParties {
		if err := settings.Origin(party); err != nil {
			return configError("AuthorizedParties", err)
		}
	}
	for field, list := range map[string][]string{"Audiences": in.Audiences, "OAuthAudiences": in.OAuthAudiences} {
		for _, audience := range list {
			if err := settings.Audience(audience); err != nil {
				return configError(field, err)
			}
		}
	}
	return nil
}

// setIssuer finds what `iss` must be. Without it tokens of every instance would
// be accepted.
func (in *instance) setIssuer() error {
	if in.PublishableKey != "" {
		var err error
		if in.key, err = parsePublishableKey(in.PublishableKey); err != nil {
			return configError("PublishableKey", err)
		}
		in.url = "https://" + in.key.host
	}
	if in.ProxyURL != "" {
		if err := settings.URL(in.ProxyURL, in.JWKS.AllowHTTP); err != nil {
			return configError("ProxyURL", err)
		}
		in.url = strings.TrimRight(in.ProxyURL, "/") // `iss` never ends in a slash
	}
	if in.url == "" {
		return configError("PublishableKey", errors.New("is empty: copy it from the API keys page of the Clerk dashboard (your front end has it too); "+
			"it says which issuer to trust; "+environ.NotRead))
	}
	return nil
}

func (in *instance) checkSecret() error {
	if err := settings.URL(in.APIURL, false); err != nil {
		return configError("APIURL", err)
	}
	if in.SecretKey == "" {
		return nil
	}
	test, err := form.SecretKey(in.SecretKey)
	switch {
	case err != nil:
		return configError("SecretKey", err)
	case in.PublishableKey != "" && test == in.key.production:
		return configError("SecretKey", errors.New("is of another instance than PublishableKey: one is a test key, the other a live key"))
	}
	return nil
}

func (in *instance) checkCookie() error {
	switch {
	case !in.AllowCookie:
	case len(in.AuthorizedParties) == 0:
		return configError("AuthorizedParties", errors.New("is empty, and AllowCookie is set: name the origins of your front ends, otherwise any subdomain can plant its own session cookie"))
	case in.PublishableKey == "":
		return configError("PublishableKey", errors.New("is empty, and AllowCookie is set: the names of the instance's cookies come from it"))
	case len(in.Accept) > 1, !in.accepts(SessionToken):
		return configError("AllowCookie", errors.New("reads sessions, and Accept names other types: make a second Authenticator for machines, with the same Keys"))
	}
	return nil
}

// checkMachines checks what the types in Accept need.
func (in *instance) checkMachines() error {
	for i, t := range in.Accept {
		if !slices.Contains([]TokenType{SessionToken, APIKey, M2MToken, OAuthToken}, t) {
			return configError(fmt.Sprintf("Accept[%d]", i), fmt.Errorf("is %q: the types are SessionToken, APIKey, M2MToken and OAuthToken", t))
		}
	}
	if in.MachineSecretKey != "" {
		if err := form.MachineSecretKey(in.MachineSecretKey); err != nil {
			return configError("MachineSecretKey", err)
		}
	}
	switch {
	case in.accepts(APIKey) && in.SecretKey == "":
		return configError("SecretKey", errors.New("is empty, and Accept names API keys: they are verified with it"))
	case in.accepts(M2MToken) && !in.AllowAnyMachine && !form.IsID("mch", in.MachineID):
		return configError("MachineID", errors.New("is not the ID of a machine (mch_…), and Accept names M2M tokens: take this service's ID from the Machines page of the dashboard, or set AllowAnyMachine to accept tokens for your other services"))
	case in.accepts(OAuthToken) && len(in.OAuthAudiences) == 0 && !in.AllowAnyOAuthAudience:
		return configError("OAuthAudiences", errors.New("is empty, and Accept names OAuth tokens: name what `aud` holds for this service, such as https://api.example.com, or set AllowAnyOAuthAudience to accept tokens for other services"))
	}
	return nil
}
