package authtest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// What an adapter could send instead of core's answer.
var mistakesInAnswers = []broken{
	{
		mistake: "the refusal is written after the handler's body",
		found:   []string{"without a token", "runs once"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, r)
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
			}
		}),
	},
	{
		mistake: "the refusal is written twice",
		found:   []string{"without a token", "same answer", "right"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
				out.Refusal.Write(w)
				return
			}
			next.ServeHTTP(w, r)
		}),
	},
	{
		mistake: "a denial's hint is left out",
		found:   []string{"hint"},
		run:     refusing(func(_ adapter.Request, r *core.Refusal) { r.Body.More = nil }),
	},
	{
		mistake: "OPTIONS is exempt",
		found:   []string{"every method is guarded"},
		run: outcome(func(r adapter.Request, out *adapter.Outcome) {
			if r.Method() == "OPTIONS" {
				out.Refusal = nil
			}
		}),
	},
	{
		mistake: "the challenge is left out",
		found:   []string{"without a token", "same answer", "RequireScope", "realm"},
		run: refusing(func(_ adapter.Request, r *core.Refusal) {
			r.Header = without(r.Header, "WWW-Authenticate")
		}),
	},
	{
		mistake: "the challenge is sent twice",
		found:   []string{"without a token", "realm"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if out.Refusal != nil {
				adapter.SetHeader(out.Refusal.Header, w.Header().Add, w.Header().Add)
				w.Header().Add("WWW-Authenticate", "Bearer")
				w.WriteHeader(out.Refusal.Status)
				_, _ = w.Write(out.Refusal.Body.JSON())
				return
			}
			next.ServeHTTP(w, r)
		}),
	},
	{
		mistake: "refusals may be cached",
		found:   []string{"without a token", "without authentication"},
		run: refusing(func(_ adapter.Request, r *core.Refusal) {
			r.Header = without(r.Header, "Cache-Control")
		}),
	},
	{
		mistake: "nobody is told when to come back",
		found:   []string{"too many failures", "keys that cannot be had"},
		run: refusing(func(_ adapter.Request, r *core.Refusal) {
			r.Header = without(r.Header, "Retry-After")
		}),
	},
	{
		mistake: "every refusal is 401",
		found:   []string{"Bearer without a token", "RequireRole of another", "keys that cannot be had", "too many failures", "without authentication"},
		run:     refusing(func(_ adapter.Request, r *core.Refusal) { r.Status = 401 }),
	},
	{
		mistake: "refusals are 200",
		found:   []string{"without a token", "HEAD has the same headers"},
		run:     refusing(func(_ adapter.Request, r *core.Refusal) { r.Status = 200 }),
	},
	{
		mistake: "refusals of HEAD are 200",
		found:   []string{"HEAD has the same headers"},
		run: refusing(func(req adapter.Request, r *core.Refusal) {
			if req.Method() == "HEAD" {
				r.Status = 200
			}
		}),
	},
	{
		mistake: "refusals of HEAD have a body",
		found:   []string{"HEAD has the same headers"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			switch {
			case out.Refusal != nil && r.Method == "HEAD":
				adapter.SetHeader(out.Refusal.Header, w.Header().Set, w.Header().Add)
				body := out.Refusal.Body.JSON()
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					panic(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "HTTP/1.1 %d X\r\nContent-Length: %d\r\n", out.Refusal.Status, len(body))
				_ = w.Header().Write(conn)
				_, _ = conn.Write(append([]byte("\r\n"), body...))
			case out.Refusal != nil:
				out.Refusal.Write(w)
			default:
				next.ServeHTTP(w, r)
			}
		}),
	},
	{
		mistake: "the body is text",
		found:   []string{"without a token", "reshapes"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if out.Refusal != nil {
				adapter.SetHeader(out.Refusal.Header, w.Header().Set, w.Header().Add)
				http.Error(w, string(out.Refusal.Body.JSON()), out.Refusal.Status)
				return
			}
			next.ServeHTTP(w, r)
		}),
	},
	{
		mistake: "the body is the adapter's own",
		found:   []string{"without a token", "reshapes"},
		run:     refusing(func(_ adapter.Request, r *core.Refusal) { r.Body = core.Body{Error: "unauthorized"} }),
	},
	{
		mistake: "the body has the token in it",
		found:   []string{"same answer", "expired token"},
		run: refusing(func(req adapter.Request, r *core.Refusal) {
			r.Body.Description, _ = req.Header("Authorization", 0)
		}),
	},
	{
		mistake: "a header has a claim of the token in it",
		found:   []string{"RequireRole of another"},
		run: outcome(func(_ adapter.Request, out *adapter.Outcome) {
			if id, ok := core.IdentityFrom(out.Context); ok && out.Refusal != nil {
				out.Header = append(out.Header, [2]string{"X-Organization", id.Organization().ID})
			}
		}),
	},
	{
		mistake: "a header has the reason in it",
		found:   []string{"same answer"},
		run: refusing(func(_ adapter.Request, r *core.Refusal) {
			r.Header = append(r.Header, [2]string{"X-Reason", r.Err.Error()})
		}),
	},
	{
		mistake: "the headers of an accepted request are dropped",
		found:   []string{"WebSocket", "a token in a cookie is accepted", "an answer to nobody"},
		run: outcome(func(_ adapter.Request, out *adapter.Outcome) {
			if out.Refusal == nil {
				out.Header = nil
			}
		}),
	},
	{
		mistake: "the subprotocol header is sent back as it came",
		found:   []string{"WebSocket"},
		run: outcome(func(r adapter.Request, out *adapter.Outcome) {
			if all, ok := r.Header("Sec-Websocket-Protocol", 0); ok && out.Refusal == nil {
				out.Header = [][2]string{{"Sec-Websocket-Protocol", all}}
			}
		}),
	},
	{
		mistake: "Vary is overwritten",
		found:   []string{"Vary keeps"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Set)
			if out.Refusal != nil {
				adapter.SetHeader(out.Refusal.Header, w.Header().Set, w.Header().Set)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(out.Refusal.Status)
				_, _ = w.Write(out.Refusal.Body.JSON())
				return
			}
			next.ServeHTTP(w, r)
		}),
	},
	{
		mistake: "headers of earlier middleware are thrown away",
		found:   []string{"replaces the headers of earlier middleware", "Vary keeps"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			clear(w.Header())
			correct(func(context.Context, adapter.Request) adapter.Outcome { return out })(next).ServeHTTP(w, r)
		}),
	},
}
