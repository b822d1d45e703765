// Package cli is what the commands of authkeel share: how one is described, how
// it reads its flags, and what its exit codes mean.
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
	OK    = 0 // done, and nothing to complain about
	Found = 1 // done, and something is wrong with what was looked at, or could not be done
	Usage = 2 // asked in a way that makes no sense; nothing was done
)

// IO is where a command reads and writes. Out is for what was asked for and may
// be read by a program; Err is for progress and complaints.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
}

// Command is one word after authkeel.
type Command struct {
	Name    string
	Summary string // one line, for the list of commands
	Usage   string // what stands after "usage: ", without the flags
	Help    string // what the command does, for --help; ends in a newline
	Run     func(ctx context.Context, streams IO, args []string) int
}

// Flags is a set of flags for the command that prints nothing by itself.
func (c Command) Flags() *flag.FlagSet {
	flags := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// Parse reads args, whose flags may stand before, between and after the other
// arguments, and returns those others. When done is true the command ends with
// code: help was asked for and printed, or args are wrong and that was said.
func (c Command) Parse(flags *flag.FlagSet, streams IO, args []string) (rest []string, code int, done bool) {
	for {
		err := flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			c.printHelp(streams.Out, flags)
			return nil, OK, true
		}
		if err != nil {
			return nil, c.Wrong(streams, "%v", err), true
		}
		left := flags.Args()
		if literal := len(args) - len(left); literal > 0 && args[literal-1] == "--" {
			return append(rest, left...), OK, false
		}
		if len(left) == 0 {
			return rest, OK, false
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// Wrong says that the command was asked in a wrong way, and returns [Usage].
func (c Command) Wrong(streams IO, format string, args ...any) int {
	fmt.Fprintf(streams.Err, "authkeel %s: %s\n\nusage: authkeel %s\n`authkeel %s --help` says more.\n",
		c.Name, fmt.Sprintf(format, args...), c.Usage, c.Name)
	return Usage
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

// Main runs the command that args begin with and returns its exit code.
func Main(ctx context.Context, streams IO, commands []Command, version string, args []string) int {
	if len(args) == 0 {
		printCommands(streams.Err, commands)
		return Usage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) > 1 {
			args = []string{args[1], "--help"}
			break
		}
		printCommands(streams.Out, commands)
		return OK
	case "version", "-version", "--version":
		fmt.Fprintln(streams.Out, "authkeel", version)
		return OK
	}
	i := slices.IndexFunc(commands, func(c Command) bool { return c.Name == args[0] })
	if i < 0 {
		fmt.Fprintf(streams.Err, "authkeel: there is no command %q\n\n", args[0])
		printCommands(streams.Err, commands)
		return Usage
	}
	return commands[i].Run(ctx, streams, args[1:])
}

func printCommands(w io.Writer, commands []Command) {
	fmt.Fprint(w, "authkeel sets up authentication in a Go API, and proves it.\n\nusage: authkeel <command> [arguments]\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s  %s\n", c.Name, c.Summary)
	}
	fmt.Fprint(w, "\n`authkeel <command> --help` says how each is used.\n"+
		"Exit codes: 0 all is well, 1 a problem was found, 2 wrong use.\n")
}
