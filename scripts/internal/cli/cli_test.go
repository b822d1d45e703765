package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// echo prints its arguments and its flag.
func echo() cli.Command {
	c := cli.Command{Name: "echo", Summary: "print", Usage: "echo [flags] <word>...", Help: "Echo prints.\n"}
	c.Run = func(_ context.Context, streams cli.IO, args []string) int {
		flags := c.Flags()
		loud := flags.Bool("loud", false, "in capitals")
		end := flags.String("end", ".", "the `mark` at the end")
		words, code, done := c.Parse(flags, streams, args)
		if done {
			return code
		}
		if len(words) == 0 {
			return c.Wrong(streams, "missing <word>")
		}
		text := strings.Join(words, " ") + *end
		if *loud {
			text = strings.ToUpper(text)
		}
		fmt.Fprintln(streams.Out, text)
		return cli.ExitOK
	}
	return c
}

func TestCommands(t *testing.T) {
	for _, row := range []struct {
		args     string
		code     int
		out, err string // parts of what is printed
	}{
		{"", cli.ExitUsage, "", "usage: authkeel <command>"},
		{"help", cli.ExitOK, "echo      print", ""},
		{"--help", cli.ExitOK, "Exit codes: 0", ""},
		{"help echo", cli.ExitOK, "usage: authkeel echo [flags] <word>...\n\nEcho prints.\n\nFlags\n  --end mark               the mark at the end (default .)\n  --loud                   in capitals\n", ""},
		{"echo -h", cli.ExitOK, "Echo prints.", ""},
		{"version", cli.ExitOK, "authkeel v1.2.3\n", ""},
		{"ecko", cli.ExitUsage, "", `unknown command "ecko"`},
		{"echo", cli.ExitUsage, "", "authkeel echo: missing <word>"},
		{"echo a b", cli.ExitOK, "a b.\n", ""},
		{"echo --loud a b", cli.ExitOK, "A B.\n", ""},
		{"echo a --loud b --end=!", cli.ExitOK, "A B!\n", ""},
		{"echo a -- --loud b", cli.ExitOK, "a --loud b.\n", ""},
		{"echo -- --loud", cli.ExitOK, "--loud.\n", ""},
		{"echo --loude", cli.ExitUsage, "", "flag provided but not defined: -loude"},
		{"echo --end", cli.ExitUsage, "", "flag needs an argument: -end"},
	} {
		t.Run(row.args, func(t *testing.T) {
			var out, complaints bytes.Buffer
			streams := cli.IO{In: strings.NewReader(""), Out: &out, Err: &complaints}
			code := cli.Main(t.Context(), streams, []cli.Command{echo()}, "v1.2.3", strings.Fields(row.args))
			if code != row.code {
				t.Errorf("got exit code %d, want %d", code, row.code)
			}
			check(t, "output", out.String(), row.out)
			check(t, "complaints", complaints.String(), row.err)
		})
	}
}

func check(t *testing.T, what, got, part string) {
	t.Helper()
	if part == "" && got != "" || !strings.Contains(got, part) {
		t.Errorf("got the %s %q, want it to have %q", what, got, part)
	}
}

// TestClean: text from outside cannot move the cursor, hide or reorder what is shown.
func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"GET /x\x1b[31mRED\x1b[8m": "GET /x[31mRED[8m", "a\u009bb\x7f\r": "ab", "two\n\tlines": "two\n\tlines",
		"user\u202egnp.exe": "usergnp.exe", "a\u200bb": "ab", "ünïcödé 日本": "ünïcödé 日本", "a\xffb": "a\ufffdb",
	} {
		var out bytes.Buffer
		n, err := cli.NewCleaner(&out).Write([]byte(text))
		if got := out.String(); got != want || n != len(text) || err != nil {
			t.Errorf("%q: got %q, %d, %v, want %q", text, got, n, err, want)
		}
	}
}
