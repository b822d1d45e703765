// Authkeel adds authentication to a Go API, and checks that it holds.
//
//	go run github.com/authkeel/authkeel/scripts/authkeel@latest <command> [arguments]
//
// `authkeel help` lists the commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/authkeel/authkeel/scripts/internal/audit"
	"github.com/authkeel/authkeel/scripts/internal/check"
	"github.com/authkeel/authkeel/scripts/internal/cli"
	"github.com/authkeel/authkeel/scripts/internal/client"
	"github.com/authkeel/authkeel/scripts/internal/explain"
	"github.com/authkeel/authkeel/scripts/internal/issuer"
	"github.com/authkeel/authkeel/scripts/internal/keygen"
	"github.com/authkeel/authkeel/scripts/internal/setup"
)

// commands in the order in which they are listed.
var commands = []cli.Command{
	setup.Command(), check.Command(), audit.Command(), explain.Command(), explain.DoctorCommand(), issuer.Command(), client.Command(), keygen.Command(),
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Main(ctx, cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, commands, version(), os.Args[1:])
}

// version returns the version of the scripts module, "(devel)" when built from the tree.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
