// Command replicas is an API on Gin that is meant to run several times behind a
// load balancer. What its replicas must have in common is on one Redis.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/authkeel/authkeel/core/webhook"
)

func main() {
	s := settings{
		Issuer: os.Getenv("OIDC_ISSUER"), Audience: os.Getenv("OIDC_AUDIENCE"),
		RedisURL: os.Getenv("REDIS_URL"), WebhookSecret: os.Getenv("WEBHOOK_SECRET"),
	}
	api, err := newService(s, func(_ context.Context, e *webhook.Event) error {
		log.Printf("handled %s: %s", e.ID, e.Type)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: os.Getenv("ADDR"), Handler: api.router, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
