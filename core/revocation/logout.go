package revocation

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/internal/safelog"
	"github.com/authkeel/authkeel/core/store"
)

// maxLogoutBody is the longest request of a logout, in bytes: twice what a token
// may have.
const maxLogoutBody = 32 << 10

// LogoutConfig is the configuration of a [LogoutHandler]. List, Issuers and
// ClientIDs are required.
type LogoutConfig struct {
	List *List

	// Issuers are those whose users may be signed out, as in core.Config.Issuers. URL,
	// Keys and Algorithms count and nothing else: let both share one source of keys.
	Issuers []core.Issuer
	// ClientIDs are the clients at these issuers whose back-channel logout URI leads
	// to this handler: one must be in the `aud` of the logout token. That is the
	// application that signs users in, and usually not the API.
	ClientIDs []string

	// AllowUntyped accepts logout tokens whose `typ` is absent or "JWT", for issuers
	// that do not set "logout+jwt" (OpenID Connect Back-Channel Logout 1.0 section
	// 2.4).
	AllowUntyped bool

	// Store remembers the logout tokens that were used. Default: the Store of List,
	// else memory.
	Store store.Store

	Leeway time.Duration    // as core.Config.Leeway: 0 is 5s
	Logger *slog.Logger     // gets one line for each request; default slog.Default()
	Now    func() time.Time // default that of List
}

// LogoutHandler receives back-channel logouts: an issuer calls it when a user has
// signed out, and the tokens of the session count no longer. The package
// documentation has what it checks and what it answers. Mount it without
// authentication middleware, at the URI that you register at the issuer.
type LogoutHandler struct {
	cfg      LogoutConfig
	verifier *core.Authenticator
}

// NewLogoutHandler checks the configuration and returns an error that names the
// field. It needs no network.
func NewLogoutHandler(cfg LogoutConfig) (*LogoutHandler, error) {
	switch {
	case cfg.List == nil:
		return nil, errors.New("revocation: LogoutConfig.List is nil: set it to what New returns")
	case len(cfg.Issuers) == 0:
		return nil, errors.New("revocation: LogoutConfig.Issuers is empty: name the issuers of core.Config")
	case len(cfg.ClientIDs) == 0:
		return nil, errors.New("revocation: LogoutConfig.ClientIDs is empty: name the client whose back-channel logout URI leads here")
	}
	if cfg.Now == nil {
		cfg.Now = cfg.List.cfg.Now
	}
	if cfg.Store == nil {
		cfg.Store = cfg.List.cfg.Store
	}
	if cfg.Store == nil {
		cfg.Store = store.NewMemory(store.MemoryOptions{Now: cfg.Now})
	}
	types := []string{"logout+jwt"}
	if cfg.AllowUntyped {
		types = append(types, "", "JWT")
	}
	c := core.Config{Leeway: cfg.Leeway, CacheSize: -1, Observer: core.Silent, Now: cfg.Now}
	for _, is := range cfg.Issuers {
		c.Issuers = append(c.Issuers, core.Issuer{
			URL: is.URL, Keys: is.Keys, Algorithms: is.Algorithms, Audiences: cfg.ClientIDs, Types: types,
			AllowMissingSubject: true, MapClaims: checkLogout,
		})
	}
	verifier, err := core.New(c)
	if err != nil {
		return nil, fmt.Errorf("revocation: LogoutConfig: %w", err)
	}
	return &LogoutHandler{cfg, verifier}, nil
}

// logoutAnswer is a row of the table in the package documentation.
type logoutAnswer struct {
	status int
	body   []byte
	header [2]string // an additional header, or ""
	level  slog.Level
}

func logoutProblem(code, description string) []byte {
	return core.Body{Error: code, Description: description}.JSON()
}

var (
	loggedOut   = &logoutAnswer{http.StatusOK, nil, [2]string{}, slog.LevelInfo}
	badLogout   = &logoutAnswer{http.StatusBadRequest, logoutProblem("invalid_request", "the logout is not accepted"), [2]string{}, slog.LevelWarn}
	wrongMethod = &logoutAnswer{http.StatusMethodNotAllowed, logoutProblem("method_not_allowed", "a logout is a POST request"), [2]string{"Allow", http.MethodPost}, slog.LevelInfo}
	tooLarge    = &logoutAnswer{http.StatusRequestEntityTooLarge, logoutProblem("body_too_large", "the body is too large"), [2]string{}, slog.LevelWarn}
	unavailable = &logoutAnswer{http.StatusServiceUnavailable, logoutProblem("temporarily_unavailable", "the logout cannot be processed at the moment"), [2]string{"Retry-After", "5"}, slog.LevelError}
)

// ServeHTTP answers one logout.
func (h *LogoutHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, id, err := h.serve(w, r)
	h.log(r.Context(), answer, id, err)
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if answer.body != nil {
		header.Set("Content-Type", "application/json")
	}
	if answer.header[0] != "" {
		header.Set(answer.header[0], answer.header[1])
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // an issuer that is gone needs no answer
}

func (h *LogoutHandler) serve(w http.ResponseWriter, r *http.Request) (*logoutAnswer, *core.Identity, error) {
	if r.Method != http.MethodPost {
		return wrongMethod, nil, nil
	}
	text, err := logoutToken(w, r)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long), errors.Is(err, errLongBody):
		return tooLarge, nil, nil
	case err != nil:
		return badLogout, nil, err
	}
	// The issuer may stop waiting; the logout still counts.
	ctx := context.WithoutCancel(r.Context())
	id, err := h.verifier.Verify(ctx, text)
	switch {
	case errors.Is(err, core.ErrUnavailable):
		return unavailable, nil, err
	case err != nil:
		return badLogout, nil, err
	}
	switch err := h.once(ctx, id); {
	case errors.Is(err, errReplay), errors.Is(err, ErrInvalid):
		return badLogout, id, err
	case err != nil:
		return unavailable, id, err
	}
	return loggedOut, id, nil
}

var (
	errLongBody = errors.New("revocation: the body is too large")
	errForm     = errors.New("revocation: the body must be a form (application/x-www-form-urlencoded) with one logout_token")
	errReplay   = errors.New("revocation: the logout token was used before")
)

// logoutToken reads the form in the body. What the URL has is not looked at.
func logoutToken(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.ContentLength > maxLogoutBody {
		return "", errLongBody
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || len(r.Header["Content-Type"]) != 1 || r.Body == nil {
		return "", errForm
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLogoutBody))
	if err != nil {
		return "", err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["logout_token"]) != 1 || form["logout_token"][0] == "" {
		return "", errForm
	}
	return form["logout_token"][0], nil
}

// maxReplayBytes is how long issuer and `jti` of a logout token may be together.
const maxReplayBytes = 512

// maxLogoutLife is how far `exp` of a logout token may lie ahead. It is remembered
// for that long; issuers give it minutes.
const maxLogoutLife = 24 * time.Hour

// once revokes what the logout token names, unless the token was used before.
func (h *LogoutHandler) once(ctx context.Context, id *core.Identity) error {
	now := h.cfg.Now()
	remember := id.ExpiresAt().Sub(now)
	if remember > maxLogoutLife {
		return fmt.Errorf("%w: the logout token expires in %v, %v at most", ErrInvalid, remember.Round(time.Second), maxLogoutLife)
	}
	key, err := replayKey(id)
	if err != nil {
		return err
	}
	mark := "used by " + rand.Text() // which nobody else takes back
	_, first, err := h.cfg.Store.Swap(ctx, key, "", mark, max(remember, 0)+lifeReserve)
	if err == nil && !first {
		return errReplay
	}
	// Without the store it counts on this replica at least: to revoke twice does no harm.
	if err = errors.Join(err, h.revoke(ctx, id)); err != nil {
		// The issuer delivers the same token again. The mark may be there although the
		// answer of the store was late.
		_, _, release := h.cfg.Store.Swap(ctx, key, mark, "", 0)
		return errors.Join(err, release)
	}
	return nil
}

// replayKey is the key under which a logout token is remembered: a hash, so that no
// character of an ID is part of a key.
func replayKey(id *core.Identity) (string, error) {
	text := id.Issuer() + "\n" + id.TokenID() // no issuer has a line break
	if len(text) > maxReplayBytes {
		return "", fmt.Errorf("%w: issuer and jti of the logout token have %d bytes, %d at most", ErrInvalid, len(text), maxReplayBytes)
	}
	sum := sha256.Sum256([]byte(text))
	return "revocation:logout:" + hex.EncodeToString(sum[:]), nil
}

// revoke ends the session, or everything of the subject where no session is named.
// Tokens of the subject that name no session may be of this one. The time is the
// logout token's, whose clock is that of all the issuer's tokens: the next sign-in
// gets tokens that count.
func (h *LogoutHandler) revoke(ctx context.Context, id *core.Identity) error {
	l, issuer := h.cfg.List, id.Issuer()
	if id.SessionID() == "" {
		return l.revoke(ctx, subject, issuer, id.Subject(), id.IssuedAt())
	}
	err := l.revoke(ctx, session, issuer, id.SessionID(), time.Time{})
	if id.Subject() != "" { // also when the store did not take the first
		err = errors.Join(err, l.revoke(ctx, sessionless, issuer, id.Subject(), id.IssuedAt()))
	}
	return err
}

// log writes one line. It holds nothing of a token that was not verified, except
// what core has quoted and cut off.
func (h *LogoutHandler) log(ctx context.Context, a *logoutAnswer, id *core.Identity, err error) {
	logger := h.cfg.Logger
	if logger == nil {
		logger = slog.Default()
	}
	attrs := []slog.Attr{slog.Int("status", a.status)}
	if id != nil {
		attrs = append(attrs, slog.String("issuer", id.Issuer()), slog.String("subject", id.Subject()), slog.String("session", id.SessionID()))
	}
	var refused *core.Error
	if errors.As(err, &refused) {
		attrs = append(attrs, slog.String("reason", refused.Reason), slog.String("member", refused.Member),
			slog.String("found", safelog.Text(refused.Found)), slog.String("expected", safelog.Text(refused.Expected)))
		err = errors.Unwrap(refused)
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	logger.LogAttrs(ctx, a.level, "authkeel: back-channel logout", attrs...)
}
