package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"

	"github.com/authkeel/authkeel/core/clerk"
)

func replayCommand(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	url := flags.String("url", "http://127.0.0.1:8080/webhooks", "")
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	secret := os.Getenv(clerk.EnvWebhookSecret)
	if secret == "" {
		return fmt.Errorf("%w: set %s to the secret of the endpoint", errUsage, clerk.EnvWebhookSecret)
	}
	samples, err := story(secret)
	if err != nil {
		return err
	}
	want := http.StatusOK
	switch way := flags.Arg(0); way {
	case "", "ordered":
	case "shuffled":
		shuffle(samples)
	case "repeated":
		samples = twice(samples)
	case "forged":
		want = http.StatusBadRequest
		for i := range samples {
			samples[i].webhook = samples[i].webhook.Forged()
		}
	default:
		return fmt.Errorf("%w: replay %q: use ordered, shuffled, repeated or forged", errUsage, way)
	}
	return send(ctx, *url, samples, want, stdout)
}

func shuffle(samples []sample) {
	rand.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
}

// twice has each sample again, after the next one.
func twice(samples []sample) []sample {
	var all []sample
	for i, s := range samples {
		all = append(all, s)
		if i > 0 {
			all = append(all, samples[i-1])
		}
	}
	return append(all, samples[len(samples)-1])
}

// send delivers the samples one after the other, and prints what was answered. It
// returns an error when an answer has another status than want.
func send(ctx context.Context, url string, samples []sample, want int, stdout io.Writer) error {
	unexpected := 0
	for _, s := range samples {
		status, body, err := s.webhook.Send(ctx, url)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%-32s %-12s %d %s\n", s.event, s.about, status, strings.TrimSpace(string(bytes.ToValidUTF8(body, nil))))
		if status != want {
			unexpected++
		}
	}
	if unexpected > 0 {
		return errors.New(fmt.Sprint(unexpected, " of ", len(samples), " answers were not ", want))
	}
	fmt.Fprintf(stdout, "all %d answers were %d\n", len(samples), want)
	return nil
}
