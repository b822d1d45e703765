package safelog

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

// panicking is a handler that expects a value in the context of each record.
type panicking struct{ slog.Handler }

func (panicking) Handle(ctx context.Context, _ slog.Record) error {
	panic("request " + ctx.Value(panicking{}).(string))
}

func TestLog(t *testing.T) {
	var log, fallback bytes.Buffer
	old := stderr
	stderr = &fallback
	t.Cleanup(func() { stderr = old })
	good := slog.NewTextHandler(&log, nil)
	Log(t.Context(), slog.New(good), slog.LevelWarn, "the store is away", slog.Int("n", 1))
	if got := log.String(); !strings.Contains(got, `level=WARN msg="the store is away" n=1`) || fallback.Len() != 0 {
		t.Errorf("got %q, and %q on standard error", got, fallback.String())
	}
	log.Reset()
	Log(t.Context(), slog.New(panicking{good}), slog.LevelWarn, "the store is away", slog.Int("n", 1))
	if got := fallback.String(); !strings.Contains(got, "interface conversion") || !strings.HasSuffix(got, "the store is away\n") || log.Len() != 0 {
		t.Errorf("got %q on standard error, and %q", got, log.String())
	}
}
