package explain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/scripts/internal/dotenv"
)

// settings are what an API accepts.
type settings struct {
	issuer    string
	audiences []string
	parties   []string
	roles     string
	clerk     bool              // the issuer is a Clerk instance
	from      string            // where they come from, for messages
	values    map[string]string // of a file; nil: the settings come from flags
}

// maxEnvFile bounds how much of a .env file is read, in bytes.
const maxEnvFile = 1 << 20

// noIssuer means that neither a file nor the environment names an issuer.
type noIssuer string

func (e noIssuer) Error() string { return string(e) }

// fromEnv reads the settings of a project: its .env file, or a file of that form.
// Variables that are set in the environment win, as they do for the program, and are
// enough where there is no file. When both Clerk and another issuer are named,
// preferClerk chooses.
func fromEnv(path string, preferClerk bool) (settings, error) {
	info, err := os.Stat(path)
	if err != nil {
		return settings{}, err
	}
	if info.IsDir() {
		path = filepath.Join(path, ".env")
	}
	info, err = os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && os.Getenv("OIDC_ISSUER") == "" && os.Getenv("CLERK_PUBLISHABLE_KEY") == "" {
		return settings{}, noIssuer(path + " does not exist: copy .env.example and fill it in, or name the issuer in the command")
	}
	s := settings{from: path, values: map[string]string{}}
	switch {
	case missing:
		s.from = "the environment"
	case err != nil:
		return settings{}, err
	case info.Size() > maxEnvFile:
		return settings{}, fmt.Errorf("%s is larger than 1 MiB", path)
	default:
		text, err := os.ReadFile(path)
		if err != nil {
			return settings{}, err
		}
		s.values = dotenv.Values(string(text))
	}
	err = s.inEnvironment(func() error {
		cfg := core.ConfigFromEnv()
		s.issuer, s.audiences = cfg.Issuers[0].URL, cfg.Issuers[0].Audiences
		hasClerk := clerk.ConfigFromEnv().PublishableKey != ""
		if s.clerk = hasClerk && (s.issuer == "" || preferClerk); s.clerk {
			s.issuer, s.audiences = "", nil
		}
		if s.issuer == "" && !s.clerk {
			return noIssuer(s.from + " sets neither OIDC_ISSUER nor CLERK_PUBLISHABLE_KEY: fill in one of them, or name the issuer in the command")
		}
		return nil
	})
	return s, err
}

// inEnvironment runs a function with the variables of the file, as far as the
// environment does not set them itself.
func (s settings) inEnvironment(run func() error) (err error) {
	for name, value := range s.values {
		old, set := os.LookupEnv(name)
		if old != "" || !strings.HasPrefix(name, "CLERK_") && !strings.HasPrefix(name, "OIDC_") {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
		defer func() {
			restore := os.Unsetenv(name)
			if set {
				restore = os.Setenv(name, old)
			}
			err = errors.Join(err, restore)
		}()
	}
	return run()
}

// flagOf has the flag of each field of a Config that the flags fill in.
var flagOf = map[string]string{"URL": "--issuer", "Audiences": "--audience", "AuthorizedParties": "--party", "Claims.Roles": "--roles-claim"}

// authenticator makes what the API has, without a log. Its errors name the variable,
// or the flag.
func (s settings) authenticator() (auth *core.Authenticator, err error) {
	if s.values != nil {
		err := s.inEnvironment(func() (err error) {
			if s.clerk {
				cfg := clerk.ConfigFromEnv()
				cfg.Core.Observer = core.Silent
				auth, err = clerk.New(cfg)
				return err
			}
			cfg := core.ConfigFromEnv()
			cfg.Observer = core.Silent
			cfg.Issuers[0].AllowAnyAudience = len(s.audiences) == 0
			auth, err = core.New(cfg)
			return err
		})
		return auth, err
	}
	is := core.Issuer{
		URL: s.issuer, Audiences: slices.Clone(s.audiences), AuthorizedParties: s.parties,
		AllowAnyAudience: len(s.audiences) == 0,
		Claims:           core.ClaimNames{Roles: s.roles},
	}
	auth, err = core.New(core.Config{Issuers: []core.Issuer{is}, Observer: core.Silent})
	var known *core.ConfigError
	if errors.As(err, &known) {
		field, _, _ := strings.Cut(strings.TrimPrefix(known.Field, "Issuers[0]."), "[")
		if name := flagOf[field]; name != "" {
			return nil, fmt.Errorf("%s %w", name, known.Err)
		}
	}
	return auth, err
}
