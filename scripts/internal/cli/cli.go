// Package cli holds what the commands of authkeel share: how a command is
// described, how it reads its flags, and what its exit codes mean.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Exit codes of every command.
const (
	ExitOK     = 0 // the command did its work and found no problem
	ExitFailed = 1 // a problem was found, or the work could not be done
	ExitUsage  = 2 // the arguments are wrong; nothing was done
)

// IO is where a command reads and writes. Out is for the result, which a program
// may read; Err is for progress and for errors.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
}

// Command is one command of authkeel, such as setup.
type Command struct {
	Name    string
	Summary string // one line, for the list of commands
	Usage   string // what follows "usage: authkeel ", without the list of flags
	Help    string // what the command does, for --help; ends in a newline
	Run     func(ctx context.Context, streams IO, args []string) int
}

// Flags returns an empty set of flags for the command, which prints nothing by itself.
func (c Command) Flags() *flag.FlagSet {
	flags := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// Parse reads args and returns the arguments that are not flags. Flags may stand
// before, between and after them. When done is true the command has to end with
// code, because help was printed or because args are wrong and an error was printed.
func (c Command) Parse(flags *flag.FlagSet, streams IO, args []string) (rest []string, code int, done bool) {
	for {
		err := flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			c.printHelp(streams.Out, flags)
			return nil, ExitOK, true
		}
		if err != nil {
			return nil, c.Wrong(streams, "%v", err), true
		}
		left := flags.Args()
		if literal := len(args) - len(left); literal > 0 && args[literal-1] == "--" {
			return append(rest, left...), ExitOK, false
		}
		if len(left) == 0 {
			return rest, ExitOK, false
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// Wrong prints what is wrong with the arguments, and returns [ExitUsage].
func (c Command) Wrong(streams IO, format string, args ...any) int {
	fmt.Fprintf(streams.Err, "authkeel %s: %s\n\nusage: authkeel %s\nRun `authkeel %s --help` for more.\n",
		c.Name, fmt.Sprintf(format, args...), c.Usage, c.Name)
	return ExitUsage
}

func (c Command) printHelp(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "usage: authkeel %s\n\n%s", c.Usage, c.Help)
	var list []*flag.Flag
	flags.VisitAll(func(f *flag.Flag) { list = append(list, f) })
	if len(list) == 0 {
		return
	}
	fmt.Fprint(w, "\nFlags\n")
	for _, f := range list {
		name, usage := flag.UnquoteUsage(f)
		label := strings.TrimSpace("--" + f.Name + " " + name)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			usage += " (default " + f.DefValue + ")"
		}
		indent := "\n" + strings.Repeat(" ", 27)
		if len(label) > 24 {
			label += indent[:len(indent)-1]
		}
		fmt.Fprintf(w, "  %-24s %s\n", label, strings.ReplaceAll(usage, "\n", indent))
	}
}

// Main runs the command that args begin with and returns its exit code. What the
// command writes to Err passes through [Clean].
func Main(ctx context.Context, streams IO, commands []Command, version string, args []string) int {
	streams.Err = NewCleaner(streams.Err)
	if len(args) == 0 {
		printCommands(streams.Err, commands)
		return ExitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) > 1 {
			args = []string{args[1], "--help"}
			break
		}
		printCommands(streams.Out, commands)
		return ExitOK
	case "version", "-version", "--version":
		fmt.Fprintln(streams.Out, "authkeel", version)
		return ExitOK
	}
	i := slices.IndexFunc(commands, func(c Command) bool { return c.Name == args[0] })
	if i < 0 {
		fmt.Fprintf(streams.Err, "authkeel: unknown command %q\n\n", args[0])
		printCommands(streams.Err, commands)
		return ExitUsage
	}
	return commands[i].Run(ctx, streams, args[1:])
}

func printCommands(w io.Writer, commands []Command) {
	fmt.Fprint(w, "authkeel adds authentication to a Go API, and checks that it holds.\n\nusage: authkeel <command> [arguments]\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s  %s\n", c.Name, c.Summary)
	}
	fmt.Fprint(w, "\nRun `authkeel <command> --help` for the flags of a command.\n"+
		"Exit codes: 0 no problem, 1 a problem was found, 2 wrong arguments.\n")
}
