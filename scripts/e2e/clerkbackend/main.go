// Command clerkbackend tries the stand-in Clerk with @clerk/backend, Clerk's own
// client for Node:
//
//	cd scripts/e2e/clerkbackend && npm ci && go run .
//
// It starts a stand-in and runs trial.mjs against it. It fails when a call fails,
// and when an object lacks a property that Clerk's client reads.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "clerkbackend:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if closed := instance.Close(); err == nil {
			err = closed
		}
	}()
	trial := exec.CommandContext(context.Background(), "node", "trial.mjs")
	trial.Stdout, trial.Stderr = os.Stdout, os.Stderr
	trial.Env = os.Environ()
	for name, value := range instance.Env() {
		trial.Env = append(trial.Env, name+"="+value)
	}
	trial.Env = append(trial.Env,
		"CLERK_JWT_KEY="+instance.JWTKey(),
		"TRIAL_SESSION="+instance.Token(devclerk.Admin(), nil),
		"TRIAL_API_KEY="+instance.NewAPIKey(devclerk.Machine{Subject: "user_ada", Scopes: []string{"read"}}),
		"TRIAL_OAUTH_TOKEN="+instance.NewOAuthToken(devclerk.Machine{Subject: "user_ada", Audience: []string{"https://api.example.test"}}),
	)
	return trial.Run()
}
