package adaptertest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// mutantsOfAnswers send another answer than core's.
var mutantsOfAnswers = []mutant{
	{
		name:    "the refusal is written after the handler's body",
		foundBy: []string{"without a token"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, r)
			adapter.SetHeader(out.Header, w.Header().Set, w.Header().Add)
			if out.Refusal != nil {
				out.Refusal.Write(w)
			}
		}),
	},
	{
		name:    "the refusal is written twice",
		foundBy: []string{"without a token", "same answer", "lookup of rights"},
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
		name:    "a denial's hint is left out",
		foundBy: []string{"hint"},
		run:     changingRefusal(func(_ adapter.Request, r *core.Refusal) { r.Body.More = nil }),
	},
	{
		name:    "OPTIONS requires nothing",
		foundBy: []string{"every method"},
		run: changingOutcome(func(r adapter.Request, out *adapter.Outcome) {
			if r.Method() == "OPTIONS" {
				out.Refusal = nil
			}
		}),
	},
	{
		name:    "the challenge is left out",
		foundBy: []string{"without a token", "same answer", "RequireScope", "realm"},
		run: changingRefusal(func(_ adapter.Request, r *core.Refusal) {
			r.Header = without(r.Header, "WWW-Authenticate")
		}),
	},
	{
		name:    "the challenge is sent twice",
		foundBy: []string{"without a token", "realm"},
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
		name:    "refusals may be cached",
		foundBy: []string{"without a token", "check without authentication"},
		run: changingRefusal(func(_ adapter.Request, r *core.Refusal) {
			r.Header = without(r.Header, "Cache-Control")
		}),
	},
	{
		name:    "Retry-After is left out",
		foundBy: []string{"too many failures", "unavailable keys", "RateLimit before"},
		run: changingRefusal(func(_ adapter.Request, r *core.Refusal) {
			r.Header = without(r.Header, "Retry-After")
		}),
	},
	{
		name:    "every refusal is 401",
		foundBy: []string{"Bearer without a token", "RequireRole of another", "unavailable keys", "too many failures", "check without authentication"},
		run:     changingRefusal(func(_ adapter.Request, r *core.Refusal) { r.Status = 401 }),
	},
	{
		name:    "refusals are 200",
		foundBy: []string{"without a token", "HEAD has the same headers"},
		run:     changingRefusal(func(_ adapter.Request, r *core.Refusal) { r.Status = 200 }),
	},
	{
		name:    "refusals of HEAD are 200",
		foundBy: []string{"HEAD has the same headers", "RateLimit refuses HEAD"},
		run: changingRefusal(func(req adapter.Request, r *core.Refusal) {
			if req.Method() == "HEAD" {
				r.Status = 200
			}
		}),
	},
	{
		name:    "refusals of HEAD have a body",
		foundBy: []string{"HEAD has the same headers", "RateLimit refuses HEAD"},
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
		name:    "the body is text",
		foundBy: []string{"without a token", "rewrites"},
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
		name:    "the body is the adapter's own",
		foundBy: []string{"without a token", "rewrites"},
		run:     changingRefusal(func(_ adapter.Request, r *core.Refusal) { r.Body = core.Body{Error: "unauthorized"} }),
	},
	{
		name:    "the body contains the token",
		foundBy: []string{"same answer", "has expired"},
		run: changingRefusal(func(req adapter.Request, r *core.Refusal) {
			r.Body.Description, _ = req.Header("Authorization", 0)
		}),
	},
	{
		name:    "a header contains a claim",
		foundBy: []string{"RequireRole of another"},
		run: changingOutcome(func(_ adapter.Request, out *adapter.Outcome) {
			if id, ok := core.IdentityFrom(out.Context); ok && out.Refusal != nil {
				out.Header = append(out.Header, [2]string{"X-Organization", id.Organization().ID})
			}
		}),
	},
	{
		name:    "a header contains the reason",
		foundBy: []string{"same answer"},
		run: changingRefusal(func(_ adapter.Request, r *core.Refusal) {
			r.Header = append(r.Header, [2]string{"X-Reason", r.Err.Error()})
		}),
	},
	{
		name:    "the headers of an accepted request are dropped",
		foundBy: []string{"WebSocket", "a token in a cookie is accepted", "varies with the cookie", "RateLimit before", "RateLimit with several"},
		run: changingOutcome(func(_ adapter.Request, out *adapter.Outcome) {
			if out.Refusal == nil {
				out.Header = nil
			}
		}),
	},
	{
		name:    "the subprotocol header is sent back as it came",
		foundBy: []string{"WebSocket"},
		run: changingOutcome(func(r adapter.Request, out *adapter.Outcome) {
			if all, ok := r.Header("Sec-Websocket-Protocol", 0); ok && out.Refusal == nil {
				out.Header = [][2]string{{"Sec-Websocket-Protocol", all}}
			}
		}),
	},
	{
		name:    "Vary is overwritten",
		foundBy: []string{"Vary keeps", "RateLimit twice"},
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
		name:    "headers of earlier middleware are removed",
		foundBy: []string{"replaces the headers of earlier middleware", "Vary keeps", "RateLimit twice"},
		run: answering(func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler) {
			clear(w.Header())
			reference(func(context.Context, adapter.Request) adapter.Outcome { return out })(next).ServeHTTP(w, r)
		}),
	},
}
