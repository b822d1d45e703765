// Package webhook receives signed webhooks: Clerk's, which Svix sends, and all
// others that follow Standard Webhooks. It verifies the signature, knows a
// message that came before, and runs your function for the type of event.
//
//	hooks, err := webhook.NewFromEnv(webhook.Handlers{ // CLERK_WEBHOOK_SIGNING_SECRET
//		webhook.UserCreated: webhook.Typed(func(ctx context.Context, e *webhook.Event, u webhook.User) error {
//			return saveUser(ctx, u)
//		}),
//		webhook.UserDeleted: webhook.Typed(deleteUser),
//		"email.created":     func(ctx context.Context, e *webhook.Event) error { return nil },
//	})
//
// It is an [net/http.Handler], mounted with one line and without authentication
// middleware before it, because the signature is the authentication:
//
//	Gin    r.POST("/webhooks", gin.WrapH(hooks))
//	Echo   e.POST("/webhooks", echo.WrapHandler(hooks))
//	Fiber  app.Post("/webhooks", fiberauth.HTTPHandler(hooks))
//	Chi    r.Method("POST", "/webhooks", hooks)
//
// The signature covers the bytes that were sent, so nothing may read the body
// before the handler and leave nothing behind. Mount the webhook outside of
// middleware that parses bodies; where that cannot be, mount [Handler.KeepBody]
// before it. Fiber keeps the body by itself. A body that was parsed and encoded
// again is never accepted in place of the original.
//
// # How often a function runs
//
// At least once for each message, and not again once it has returned nil. A
// message is claimed in the [store.Store] before its function runs, so that of
// two deliveries at the same time one runs, on all replicas that share the
// store. The claim is extended while the function runs, ends with it, and a
// minute after a process that was killed. A function runs again when it failed,
// when its process died or could not reach the store in the end, and when the
// message is delivered after [Config.Remember]. It may therefore see what it has
// already done in part: make it idempotent.
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
//	somebody read the body before the handler              500     error  server_error
//	the store is down or full                              503     error  temporarily_unavailable, Retry-After
//
// Svix and Standard Webhooks take 2xx for success and deliver again after
// anything else. A delivery that meets another one gets 409 and not 429 or 503,
// which may slow down the endpoint as a whole. Why something was refused is in
// the log, never in the answer; neither has a secret or a signature in it.
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
