package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestStartProgram: a program that never says that it is ready is an error with what
// it did say, and no endless wait, even when it does not end by itself.
func TestStartProgram(t *testing.T) {
	for _, row := range []struct {
		name, script, says, want string
		limit                    time.Duration
	}{
		{"ready", "echo first; echo 'it is at 127.0.0.1:1'; exec sleep 60", "127.0.0.1:1", "", time.Minute},
		{"ready and over", "echo 'it is at 127.0.0.1:1'", "127.0.0.1:1", "", time.Minute},
		{"over", "echo 'no such file'; exit 3", "", "ended before it said \"it is at \". It said:\nno such file\n\nexit status 3", time.Minute},
		{"other words", "echo 'it \033[1mis\033[22m at 127.0.0.1:1'; exec sleep 60", "", "did not say \"it is at \" in 200ms. It said:\nit \033[1mis\033[22m at", 200 * time.Millisecond},
	} {
		t.Run(row.name, func(t *testing.T) {
			program, err := startWithin(t.Context(), row.limit, t.TempDir(), os.Environ(), "it is at ", "sh", "-c", row.script)
			if row.want != "" {
				if err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("got %v, want %q in it", err, row.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = program.stop() // the shell was interrupted, or was over before
			if program.says != row.says {
				t.Errorf("got %q, want %q", program.says, row.says)
			}
		})
	}
}
