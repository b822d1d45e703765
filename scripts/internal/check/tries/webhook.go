package tries

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// webhook delivers what a sender of webhooks would not, and one that it would.
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
	refuse := func(id, try, remedy string, header http.Header) error {
		a, err := deliver(header)
		if err != nil {
			return err
		}
		if a.status >= 400 && a.status < 500 && a.status != http.StatusNotFound {
			r.row(report.OK, id, try, route.String(), fmt.Sprintf("refused with %d", a.status), "")
		} else if a.status == http.StatusNotFound || a.status >= 500 {
			r.row(report.Failed, id, try, route.String(), fmt.Sprintf("%d: that is no refusal", a.status), "check the path and the server's log")
		} else {
			r.row(report.Failed, id, try, route.String(), fmt.Sprintf("%d: it is ACCEPTED", a.status), remedy)
		}
		return nil
	}
	const verify = "verify the signature over id, timestamp and the raw body (core/webhook)"
	if err := refuse("webhook-unsigned", "unsigned webhook", verify, nil); err != nil {
		return err
	}
	sign := func(secret string, age time.Duration) (http.Header, error) {
		return devclerk.SignWebhook(secret, "msg_"+rand.Text(), time.Now().Add(-age), event)
	}
	forged, err := sign(devclerk.NewWebhookSecret(), 0)
	if err != nil {
		return err
	}
	if err := refuse("webhook-forged", "webhook of a forger", verify, forged); err != nil {
		return err
	}
	if r.WebhookSecret == "" {
		const needs = "needs the server's secret in CLERK_WEBHOOK_SIGNING_SECRET"
		r.row(report.NotTried, "webhook-stale", "stale webhook", route.String(), needs, "")
		r.row(report.NotTried, "webhook-replayed", "replayed webhook", route.String(), needs, "")
		return nil
	}
	stale, err := sign(r.WebhookSecret, 2*time.Hour)
	if err != nil {
		return err
	}
	if err := refuse("webhook-stale", "stale webhook", "refuse deliveries that were signed more than five minutes ago", stale); err != nil {
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
		r.row(report.Failed, "webhook-genuine", "genuine webhook", route.String(), fmt.Sprintf("%d", first.status), "the server has to take its secret from CLERK_WEBHOOK_SIGNING_SECRET")
		return nil
	}
	r.row(report.OK, "webhook-genuine", "genuine webhook", route.String(), fmt.Sprintf("accepted with %d", first.status), "")
	again, err := deliver(genuine)
	if err != nil {
		return err
	}
	r.judgeReplay(route, first, again)
	return nil
}

// event is the body of a message in Clerk's envelope, about somebody made up.
func (r *Run) event() ([]byte, error) {
	return json.Marshal(map[string]any{
		"object": "event", "type": r.WebhookEvent, "instance_id": "ins_authkeelcheck", "timestamp": time.Now().UnixMilli(),
		"data": map[string]any{"id": "user_authkeelcheckmo", "object": "user"},
	})
}

// judgeReplay: senders repeat a delivery that was not acknowledged, so a server
// either refuses it or says that it has seen it. An answer that does not differ
// shows neither.
func (r *Run) judgeReplay(route routes.Route, first, again answer) {
	const id, try = "webhook-replayed", "replayed webhook"
	switch {
	case strings.Contains(string(first.body), `"ignored"`):
		r.row(report.NotTried, id, try, route.String(), "the server has no handler for "+r.WebhookEvent+": name another event with --webhook-event", "")
	case again.status >= 400 && again.status < 500:
		r.row(report.OK, id, try, route.String(), fmt.Sprintf("refused with %d", again.status), "")
	case again.status != first.status || string(again.body) != string(first.body):
		r.row(report.OK, id, try, route.String(), fmt.Sprintf("told apart: %d %s", again.status, short(string(again.body))), "")
	default:
		r.row(report.Failed, id, try, route.String(), fmt.Sprintf("%d, as the first time: it is processed again", again.status),
			"remember the ids of messages (core/webhook does) and answer a repeated one in another way, or refuse it")
	}
}
