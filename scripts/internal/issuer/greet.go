package issuer

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// greet says where the issuer is and how it is used.
func greet(w io.Writer, i *localissuer.Issuer, o options) {
	base := "http://" + i.Dev().Addr()
	if o.beyond {
		fmt.Fprintf(w, "WARNING: other machines can reach %s, and everybody who reaches it can get any token.\n"+
			"Verifiers fetch keys from there only with jwks.Options.AllowHTTP, because it is plain http.\n\n", i.Dev().Addr())
	}
	fmt.Fprintf(w, "The %s issuer listens on %s\n\nSet these variables for your API:\n\n", localissuer.ProviderName(i.Provider()), base)
	env := quoted(i.Env())
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(w, "  export %s=%s\n", name, env[name])
	}
	people := i.State().People
	name := "NAME"
	if len(people) > 0 {
		name = people[0].Name
	}
	if i.Provider() == localissuer.OIDC {
		fmt.Fprintf(w, "\nSign in from a front end or a program:\n\n  authority %s, any client ID, PKCE\n", base)
	}
	if fronts := i.State().FrontEnds; len(fronts) > 0 {
		fmt.Fprintf(w, "\nScripts of %s may call it.\n", strings.Join(fronts, ", "))
	} else {
		fmt.Fprint(w, "\nNo front end's scripts may call it: name yours with --party http://localhost:5173\n")
	}
	fmt.Fprintf(w, "\nGet a token:\n\n  %s/\n  curl -s -d user=%s %s/token\n\nPress Ctrl-C to stop.\n", base, name, base)
}

// quoted returns the values as a shell reads them.
func quoted(env map[string]string) map[string]string {
	out := make(map[string]string, len(env))
	for name, value := range env {
		if plain := strings.Trim(value, shellSafe) == "" && value != ""; !plain {
			value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		}
		out[name] = value
	}
	return out
}

const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%"
