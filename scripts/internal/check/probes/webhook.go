package probes

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

var (
	genuineHook = check{"webhook-genuine", "genuine webhook"}
	stale       = check{"webhook-stale", "stale webhook"}
	replayed    = check{"webhook-replayed", "replayed webhook"}
)

// webhook delivers messages that an API has to refuse, and one genuine message, twice.
func (r *Run) webhook(ctx context.Context, _ []*target) error {
	if r.WebhookRoute == "" {
		return nil
	}
	r.Say("trying webhooks on %s", r.WebhookRoute)
	event, err := r.event()
	if err != nil {
		return err
	}
	route := routes.Route{Method: http.MethodPost, Path: r.WebhookRoute, Named: true}
	deliver := func(header http.Header) (answer, error) {
		q := request{route: route, body: string(event), header: map[string]string{}}
		for name, values := range header {
			q.header[name] = values[0]
		}
		return r.call(ctx, q)
	}
	refuse := func(c check, remedy string, header http.Header) error {
		a, err := deliver(header)
		if err != nil {
			return err
		}
		if a.status >= 400 && a.status < 500 && a.status != http.StatusNotFound {
			r.add(c, route.String(), passed("refused with %d", a.status))
		} else if a.status == http.StatusNotFound || a.status >= 500 || a.status == 0 {
			r.add(c, route.String(), failed("check the path and the server's log", "%d: this is not a refusal", a.status).seeLog())
		} else {
			r.add(c, route.String(), failed(remedy, "%d: it is ACCEPTED", a.status))
		}
		return nil
	}
	const verify = "verify the signature over id, timestamp and the raw body (core/webhook)"
	if err := refuse(check{"webhook-unsigned", "unsigned webhook"}, verify, nil); err != nil {
		return err
	}
	sign := func(secret string, age time.Duration) (http.Header, error) {
		return devclerk.SignWebhook(secret, "msg_"+rand.Text(), time.Now().Add(-age), event)
	}
	forged, err := sign(devclerk.NewWebhookSecret(), 0)
	if err != nil {
		return err
	}
	if err := refuse(check{"webhook-forged", "webhook signed with another secret"}, verify, forged); err != nil {
		return err
	}
	if r.WebhookSecret == "" {
		const needs = "needs the server's secret in CLERK_WEBHOOK_SIGNING_SECRET"
		r.add(stale, route.String(), notTried(needs))
		r.add(replayed, route.String(), notTried(needs))
		return nil
	}
	old, err := sign(r.WebhookSecret, 2*time.Hour)
	if err != nil {
		return err
	}
	if err := refuse(stale, "refuse deliveries that were signed more than five minutes ago", old); err != nil {
		return err
	}
	genuine, err := sign(r.WebhookSecret, 0)
	if err != nil {
		return err
	}
	first, err := deliver(genuine)
	if err != nil {
		return err
	}
	if first.status/100 != 2 {
		r.add(genuineHook, route.String(), failed("the server has to take its secret from CLERK_WEBHOOK_SIGNING_SECRET", "%d", first.status))
		return nil
	}
	r.add(genuineHook, route.String(), passed("accepted with %d", first.status))
	again, err := deliver(genuine)
	if err != nil {
		return err
	}
	r.judgeReplay(route, first, again)
	return nil
}

// event is the body of a message in Clerk's format, about a user that does not exist.
func (r *Run) event() ([]byte, error) {
	return json.Marshal(map[string]any{
		"object": "event", "type": r.WebhookEvent, "instance_id": "ins_authkeelcheck", "timestamp": time.Now().UnixMilli(),
		"data": map[string]any{"id": "user_authkeelcheckmo", "object": "user"},
	})
}

// judgeReplay judges the answer to a delivery that is repeated. Senders repeat what was
// not acknowledged, so a server either refuses it or says that it has seen it. An
// answer that does not differ from the first one shows neither.
func (r *Run) judgeReplay(route routes.Route, first, again answer) {
	switch {
	case strings.Contains(string(first.body), `"ignored"`):
		r.add(replayed, route.String(), notTried("the server has no handler for %s: name another event with --webhook-event", r.WebhookEvent))
	case again.status >= 400 && again.status < 500:
		r.add(replayed, route.String(), passed("refused with %d", again.status))
	case again.status != first.status || string(again.body) != string(first.body):
		r.add(replayed, route.String(), passed("recognized: %d %s", again.status, short(string(again.body))))
	default:
		r.add(replayed, route.String(), failed("remember the IDs of messages (core/webhook does) and answer a repeated one in another way, or refuse it",
			"%d, as the first time: it is processed again", again.status))
	}
}
