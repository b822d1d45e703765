package adaptertest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/core/webhook"
)

// metadataAPI is an application that keeps roles in the public metadata of its
// users. It has a Directory of its own, in which no user is cached yet, with a
// clock that a case can set and a log that it can read.
type metadataAPI struct {
	*clerkSuite
	directory *clerk.Directory
	auth      *core.Authenticator
	mu        sync.Mutex
	ahead     time.Duration // of the directory's clock
	log       bytes.Buffer
}

// metadataAPI makes one. change may edit the configuration before.
func (s *clerkSuite) metadataAPI(secretKey string, change ...func(*clerk.DirectoryConfig, *clerkapi.Backend)) *metadataAPI {
	s.t.Helper()
	api := &metadataAPI{clerkSuite: s}
	logger := slog.New(slog.NewTextHandler(api, nil))
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: secretKey, APIURL: s.instance.APIURL(), Logger: logger, Now: api.now})
	if err != nil {
		s.t.Fatal(err)
	}
	cfg := clerk.DirectoryConfig{Users: backend, Logger: logger, Now: api.now}
	for _, f := range change {
		f(&cfg, backend)
	}
	if api.directory, err = clerk.NewDirectory(cfg); err != nil {
		s.t.Fatal(err)
	}
	api.auth = s.clerk(func(cfg *clerk.Config) { cfg.Directory = api.directory })
	return api
}

func (api *metadataAPI) now() time.Time {
	api.mu.Lock()
	defer api.mu.Unlock()
	return time.Now().Add(api.ahead)
}

// pass sets the directory's clock forward.
func (api *metadataAPI) pass(d time.Duration) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.ahead += d
}

// Write takes the lines of the log.
func (api *metadataAPI) Write(line []byte) (int, error) {
	api.mu.Lock()
	defer api.mu.Unlock()
	return api.log.Write(line)
}

func (api *metadataAPI) logged() string {
	api.mu.Lock()
	defer api.mu.Unlock()
	return api.log.String()
}

// addUser makes a user with this public metadata, or replaces it, and returns the
// Authorization header of a session.
func (api *metadataAPI) addUser(user string, metadata devissuer.Claims) []string {
	unsafe := devissuer.Claims{"role": "admin"} // the user can write it, so it never counts
	api.instance.PutUser(devclerk.User{ID: user, FirstName: "First " + user, Public: metadata, Unsafe: unsafe})
	return api.bearer(devclerk.Session{ID: "sess_" + user, User: user})
}

// expectCalls requires that f makes so many calls to the Backend API.
func (api *metadataAPI) expectCalls(c *client, want int, f func()) {
	c.t.Helper()
	before := api.instance.APICount()
	f()
	if got := api.instance.APICount() - before; got != want {
		c.errorf("got %d calls to the Backend API, want %d", got, want)
	}
}

// deliver passes the data of an event to the Directory, as a webhook does.
func (api *metadataAPI) deliver(c *client, kind, data string) {
	c.t.Helper()
	if err := api.directory.Invalidate(c.t.Context(), &webhook.Event{Type: kind, Data: json.RawMessage(data)}); err != nil {
		c.errorf("%s: %v", kind, err)
	}
}
