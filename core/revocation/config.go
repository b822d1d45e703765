package revocation

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/internal/journal"
	"github.com/authkeel/authkeel/core/store"
)

// Limits and defaults of a [List].
const (
	DefaultMaxTokenLife = 24 * time.Hour
	DefaultMaxEntries   = 100_000

	maxNameBytes = 64
	// lifeReserve is how much longer than a token a revocation lives: for the leeway
	// of core, 5 minutes at most, and for clocks of issuers and replicas that differ.
	lifeReserve = 10 * time.Minute
	maxLife     = store.MaxDuration - time.Hour
)

// Config is the configuration of a [List]. The zero value is a list for one
// replica.
type Config struct {
	// Store is shared by all replicas of the service. A revocation that is made on one
	// of them counts on all within a second. It should keep its records when it
	// restarts: what it has lost comes back from the replicas that run, if any does.
	// nil: this process alone.
	Store store.Store
	// Name separates lists that share a store; default "default", 64 bytes at most,
	// without a colon. It must be the same on all replicas.
	Name string

	// MaxTokenLife is the longest time between `iat` and `exp` of the tokens that are
	// accepted; 0 = 24 hours. A revocation is remembered for that long and 10 minutes
	// more, until the tokens have expired. A token with a longer life gets an error
	// (503), because its revocation would be forgotten before it expires. It must be
	// the same on all replicas.
	MaxTokenLife time.Duration
	// MaxEntries is how many revocations are in force at most; 0 = 100 000, about 300
	// bytes each. Then the next one is refused with [store.ErrFull]: none is
	// forgotten before its time.
	MaxEntries int

	// AllowStale is how long decisions are made with the revocations that are known
	// when the store cannot be read. A token that was revoked elsewhere in that time
	// is accepted. 0: after a second without the store every token gets an error,
	// which is an outage (503).
	AllowStale time.Duration

	// Logger gets one line when the store cannot be read, and one when it can be read
	// again. Default: slog.Default(), as it is at the time.
	Logger *slog.Logger
	Now    func() time.Time // default time.Now
}

// New checks the configuration and returns a list, or an error that names the
// wrong field and what to do about it. It does not ask the store; see
// [List.Ready].
func New(cfg Config) (*List, error) {
	if cfg.Name == "" {
		cfg.Name = "default"
	}
	if len(cfg.Name) > maxNameBytes || strings.Contains(cfg.Name, ":") {
		return nil, fmt.Errorf("revocation: Config.Name is %q: use at most %d bytes, without a colon", cfg.Name, maxNameBytes)
	}
	if cfg.MaxTokenLife == 0 {
		cfg.MaxTokenLife = DefaultMaxTokenLife
	}
	if cfg.MaxTokenLife < time.Second || cfg.MaxTokenLife > maxLife {
		return nil, fmt.Errorf("revocation: Config.MaxTokenLife is %v: it must be between a second and %v; leave it 0 for %v", cfg.MaxTokenLife, maxLife, DefaultMaxTokenLife)
	}
	switch {
	case cfg.MaxEntries == 0:
		cfg.MaxEntries = DefaultMaxEntries
	case cfg.MaxEntries < 0:
		return nil, fmt.Errorf("revocation: Config.MaxEntries is negative: leave it 0 for %d", DefaultMaxEntries)
	}
	switch {
	case cfg.AllowStale < 0:
		return nil, errors.New("revocation: Config.AllowStale is negative: leave it 0 to refuse when the store cannot be read")
	case cfg.AllowStale > 0 && cfg.Store == nil:
		return nil, errors.New("revocation: Config.AllowStale has no effect without a Store: set Store, or leave AllowStale 0")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	l := &List{cfg: cfg, started: cfg.Now(), known: newTable(cfg.MaxEntries)}
	l.fresh.Store(never)
	l.attempted = never
	if cfg.Store != nil {
		life := cfg.MaxTokenLife + lifeReserve
		// The head outlives every entry, also those of a replica with another
		// MaxTokenLife during an update.
		l.journal = journal.New(cfg.Store, "revocation:"+cfg.Name+":", life, store.MaxDuration, cfg.Now)
	}
	return l, nil
}

func (l *List) logger() *slog.Logger {
	if l.cfg.Logger != nil {
		return l.cfg.Logger
	}
	return slog.Default()
}
