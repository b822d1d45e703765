// Package webhook receives webhooks that follow Standard Webhooks
// (standardwebhooks.com), and those that Svix sends. It verifies the signature,
// recognizes a message that was delivered before, and runs your function for the
// type of event.
//
//	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{os.Getenv("WEBHOOK_SECRET")}})
//	hooks, err := webhook.New(webhook.Config{Verifier: verifier, Handlers: webhook.Handlers{
//		"invoice.paid": webhook.Typed(func(ctx context.Context, e *webhook.Event, i Invoice) error {
//			return markPaid(ctx, i)
//		}),
//		"invoice.deleted": func(ctx context.Context, e *webhook.Event) error { return nil },
//	}})
//
// It is an [net/http.Handler]. Mount it without authentication middleware, because
// the signature is the authentication:
//
//	Gin    r.POST("/webhooks", gin.WrapH(hooks))
//	Echo   e.POST("/webhooks", echo.WrapHandler(hooks))
//	Fiber  app.Post("/webhooks", fiberauth.HTTPHandler(hooks))
//	Chi    r.Method("POST", "/webhooks", hooks)
//
// The signature covers the bytes that were sent, so the handler must see all of
// them. Mount the webhook outside of middleware that parses bodies; where that is
// not possible, mount [Handler.BufferBody] before that middleware. Fiber keeps the
// body by itself. A body that was parsed and encoded again is never accepted
// instead of the original.
//
// # How often a function runs
//
// It runs at least once for each message, and not again after it has returned nil.
// A message is claimed in the [store.Store] before its function runs, so that of
// two deliveries at the same time one runs, on all replicas that share the store.
// The claim is extended while the function runs. It ends with the function, or a
// minute after its process was killed. A function runs again when it failed, when
// its process died or could not reach the store at the end, and when the message
// is delivered after [Config].Remember. It may therefore find its work partly
// done: make it idempotent.
//
// [Config].EveryDelivery runs for each delivery, also of a message that was
// processed before: for what each replica must do by itself.
//
// # What the sender sees
//
//	case                                                   status  body
//	the function returned nil                              200     status processed
//	the message was processed before                       200     status already_processed
//	no function for the type                               200     status ignored
//	headers, time, signature or payload not accepted       400     error  invalid_webhook
//	a method other than POST                               405     error  method_not_allowed
//	another delivery of the message is being processed     409     error  in_progress, Retry-After
//	the body is too large                                  413     error  body_too_large
//	the function failed                                    500     error  handler_failed
//	the body was read before the handler                   500     error  server_error
//	the store is down or full                              503     error  temporarily_unavailable, Retry-After
//
// Svix and Standard Webhooks take 2xx for success and deliver again after any
// other status. A delivery that meets another one gets 409 and not 429 or 503,
// which may slow down the whole endpoint. The reason of a refusal is in the log,
// never in the answer; neither contains a secret or a signature.
//
// # What is accepted
//
//	what                                         default    limit
//	headers                                      -          svix-* or webhook-*, not both, each once
//	id                                           -          256 bytes of visible ASCII without "."
//	timestamp                                    -          12 digits, seconds, no leading zero
//	VerifierConfig.Tolerance, to either side     5m         1h, inclusive
//	signature list                               -          4 KiB; v1 counts, other versions are skipped
//	VerifierConfig.MaxBody                       1 MiB      -
//	VerifierConfig.Secrets                       -          1 to 8, each 24 bytes or more
//	type of event                                -          256 bytes
//	Config.Remember                              48h        twice the tolerance to 366 days
//	Config.Timeout                               30s        -
//
// Asymmetric signatures (v1a) are not supported.
package webhook
