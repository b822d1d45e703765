// Server runs the notes of this example behind chiauth, with a local issuer in
// place of your identity provider:
//
//	go run ./examples/trpc/server          serve, and print two tokens to try it with
//	go run ./examples/trpc/server -types   print the router's type for TypeScript
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/examples/trpc"
	"github.com/authkeel/authkeel/examples/trpc/notes"
)

func main() {
	types := flag.Bool("types", false, "print the router's type for TypeScript and stop")
	addr := flag.String("addr", "127.0.0.1:8787", "the address to listen on")
	flag.Parse()
	router := new(notes.Book).Router(trpc.Options{})
	if *types {
		fmt.Print(router.TypeScript())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, *addr, router); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, addr string, router *trpc.Router) error {
	issuer, err := devissuer.Start(devissuer.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = issuer.Close() }()
	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		return err
	}
	r := chi.NewRouter()
	r.With(chiauth.OptionalAuth(auth)).Handle("/trpc/{path}", router)
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String() + "/trpc"
	fmt.Printf("tRPC at %s\n\ncurl %s/health\ncurl -H 'Authorization: Bearer %s' %s/notes.list\n\nadmin: %s\n", url, url,
		issuer.Token(nil), url, issuer.Token(devissuer.Claims{"roles": []string{"admin"}}))
	server := &http.Server{Handler: r, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
