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
			return c.Wrong(streams, "there is no word")
		}
		text := strings.Join(words, " ") + *end
		if *loud {
			text = strings.ToUpper(text)
		}
		fmt.Fprintln(streams.Out, text)
		return cli.OK
	}
	return c
}

func TestCommands(t *testing.T) {
	for _, row := range []struct {
		args     string
		code     int
		out, err string // parts of what is printed
	}{
		{"", cli.Usage, "", "usage: authkeel <command>"},
		{"help", cli.OK, "echo      print", ""},
		{"--help", cli.OK, "Exit codes: 0", ""},
		{"help echo", cli.OK, "usage: authkeel echo [flags] <word>...\n\nEcho prints.\n\nFlags\n  --end mark               the mark at the end (default .)\n  --loud                   in capitals\n", ""},
		{"echo -h", cli.OK, "Echo prints.", ""},
		{"version", cli.OK, "authkeel v1.2.3\n", ""},
		{"ecko", cli.Usage, "", `there is no command "ecko"`},
		{"echo", cli.Usage, "", "authkeel echo: there is no word"},
		{"echo a b", cli.OK, "a b.\n", ""},
		{"echo --loud a b", cli.OK, "A B.\n", ""},
		{"echo a --loud b --end=!", cli.OK, "A B!\n", ""},
		{"echo a -- --loud b", cli.OK, "a --loud b.\n", ""},
		{"echo -- --loud", cli.OK, "--loud.\n", ""},
		{"echo --loude", cli.Usage, "", "flag provided but not defined: -loude"},
		{"echo --end", cli.Usage, "", "flag needs an argument: -end"},
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
