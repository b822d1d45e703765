// App is the API that the tests of check start. MISTAKE says what is wrong with it.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/clerk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Getenv("MISTAKE")); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, mistake string) error {
	for _, name := range []string{"CLERK_MACHINE_SECRET_KEY", "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"} {
		if os.Getenv(name) != "" {
			return fmt.Errorf("%s of the user's is set", name)
		}
	}
	// A test that holds the other end sees when this process is gone.
	if call := os.Getenv("CALL"); call != "" {
		line, err := net.Dial("tcp", call)
		if err != nil {
			return err
		}
		defer line.Close()
	}
	auth, err := authenticator()
	if err != nil {
		return err
	}
	addr := "127.0.0.1:" + os.Getenv("PORT")
	switch mistake {
	case "ends":
		return fmt.Errorf("no database at db.internal")
	case "hangs":
		fmt.Println("thinking about it")
		<-ctx.Done()
		return nil
	case "ignores PORT":
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: handler(auth, mistake == "open")}
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	if err := s.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func authenticator() (*core.Authenticator, error) {
	if os.Getenv("CLERK_PUBLISHABLE_KEY") != "" {
		if os.Getenv("CLERK_JWT_KEY") == "" || os.Getenv("CLERK_SECRET_KEY") == "sk_live_real" {
			return nil, fmt.Errorf("the environment is not the run's")
		}
		return clerk.NewFromEnv()
	}
	return core.ForIssuer(os.Getenv("OIDC_ISSUER"), os.Getenv("OIDC_AUDIENCE"))
}

func handler(auth *core.Authenticator, open bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /api/me", require(auth.RequireAuth(), func(w http.ResponseWriter, r *http.Request) {
		id, _ := core.IdentityFrom(r.Context())
		fmt.Fprintf(w, `{"userId":%q}`, id.Subject())
	}))
	report := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[]") }
	if open {
		mux.HandleFunc("GET /api/reports", report)
	} else {
		mux.HandleFunc("GET /api/reports", require(auth.RequireAuth(), report))
	}
	mux.HandleFunc("DELETE /api/users/{id}", require(auth.RequireAuth(), require(core.Require(core.Role("admin")), report)))
	return mux
}

func require(step adapter.Step, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r, ok := adapter.Serve(step, w, r); ok {
			next(w, r)
		}
	}
}
