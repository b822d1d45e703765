// Package safelog writes log records on goroutines of the library, where a panic of
// the application's log handler would end the process.
package safelog

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// stderr is for records that the handler does not take. The log package is no
// choice: slog.SetDefault makes it write to the same handler.
var stderr io.Writer = os.Stderr

// Log writes a record. When the logger's handler panics, the record's message goes
// to standard error, without its attributes.
func Log(ctx context.Context, logger *slog.Logger, level slog.Level, message string, attrs ...slog.Attr) {
	defer func() {
		if v := recover(); v != nil {
			_, _ = fmt.Fprintf(stderr, "authkeel: the log handler panicked (%v) at the record: %s\n", v, message) // there is no other place
		}
	}()
	logger.LogAttrs(ctx, level, message, attrs...)
}
