package notes

import (
	"bufio"
	"net"
	"net/http"

	"github.com/authkeel/authkeel/scripts/e2e/graph"
	"github.com/authkeel/authkeel/scripts/e2e/trpc"
)

// The API in other words than REST's, as net/http handlers. Each framework
// mounts them behind its adapter's OptionalAuth: what is open and what is not,
// field by field and procedure by procedure, they say themselves.

func (api *API) graphQL() http.Handler { return graph.Handler(api.Auth, api.Graph) }

// lenient is graphQL for a route without an adapter.
func (api *API) lenient() http.Handler { return graph.Lenient(api.Auth, api.graphQL()) }

func (api *API) procedures() http.Handler { return api.TRPC.Router(trpc.Options{}) }

// Hijack hands the connection to a WebSocket.
func (r *statusRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.status = http.StatusSwitchingProtocols
	return http.NewResponseController(r.ResponseWriter).Hijack()
}
