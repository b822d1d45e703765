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
	clerk     bool   // the variables of Clerk are in the environment
	from      string // where they come from, for messages
}

// maxEnvFile bounds how much of a .env file is read, in bytes.
const maxEnvFile = 1 << 20

// fromEnv reads the settings of a project: its .env file, or a file of that form.
// Variables that are set in the environment win, as they do for the program.
func fromEnv(path string) (settings, error) {
	info, err := os.Stat(path)
	if err != nil {
		return settings{}, err
	}
	if info.IsDir() {
		path = filepath.Join(path, ".env")
	}
	if info, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return settings{}, fmt.Errorf("%s does not exist: copy .env.example and fill it in, or give --issuer and --audience", path)
	}
	if err == nil && info.Size() > maxEnvFile {
		err = fmt.Errorf("%s is larger than 1 MiB", path)
	}
	if err != nil {
		return settings{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return settings{}, err
	}
	values := dotenv.Values(string(text))
	value := func(name string) string {
		if v := os.Getenv(name); v != "" {
			return v
		}
		return values[name]
	}
	s := settings{issuer: value("OIDC_ISSUER"), from: path}
	if audience := value("OIDC_AUDIENCE"); audience != "" {
		s.audiences = []string{audience}
	}
	for name, v := range values {
		if strings.HasPrefix(name, "CLERK_") && os.Getenv(name) == "" {
			if err := os.Setenv(name, v); err != nil { // clerk.NewFromEnv reads them as the program does
				return settings{}, err
			}
		}
	}
	s.clerk = s.issuer == "" && value("CLERK_PUBLISHABLE_KEY") != ""
	if s.issuer == "" && !s.clerk {
		return settings{}, fmt.Errorf("%s sets neither OIDC_ISSUER nor CLERK_PUBLISHABLE_KEY: give --issuer", path)
	}
	return s, nil
}

// authenticator makes what the API has, without a log.
func (s settings) authenticator() (*core.Authenticator, error) {
	if s.clerk {
		cfg := clerk.ConfigFromEnv()
		cfg.Core.Observer = core.Silent
		return clerk.New(cfg)
	}
	is := core.Issuer{
		URL: s.issuer, Audiences: slices.Clone(s.audiences), AuthorizedParties: s.parties,
		AllowAnyAudience: len(s.audiences) == 0,
		Claims:           core.ClaimNames{Roles: s.roles},
	}
	return core.New(core.Config{Issuers: []core.Issuer{is}, Observer: core.Silent})
}
