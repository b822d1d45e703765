// Command issuers protects APIs of all adapters with real OpenID providers, and
// tries what happens to valid tokens when keys rotate and providers stop:
//
//	go run .
//
// Everything is on loopback, is started by the command and ends with it. It needs
// Node and npm, for two of the providers. The exit status is 1 when anything failed.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, timeout := context.WithTimeout(ctx, 8*time.Minute)
	r := &report{}
	if err := installNode(ctx); err != nil {
		r.check("npm", "install", err)
	} else {
		for _, make := range []func() (*subject, error){
			oidcProvider, mockServer, zitadel, mockOIDC,
			func() (*subject, error) { return ory(apiAudience) },
			func() (*subject, error) { return ory("") },
		} {
			s, err := make()
			if err != nil {
				r.check("a provider", "set up", err)
				continue
			}
			s.try(ctx, r)
		}
	}
	timeout()
	cancel()
	fmt.Printf("%d passed, %d failed\n", r.passed, r.failed)
	if r.failed > 0 {
		os.Exit(1)
	}
}

// report counts what was tried.
type report struct{ passed, failed int }

// check reports one result, and whether it is good.
func (r *report) check(subject, what string, err error) bool {
	if err != nil {
		r.failed++
		fmt.Printf("FAIL  %s: %s: %v\n", subject, what, err)
		return false
	}
	r.passed++
	fmt.Printf("ok    %s: %s\n", subject, what)
	return true
}

// try takes one provider through all that may happen to it.
func (s *subject) try(ctx context.Context, r *report) {
	if !r.check(s.name, "starts", s.provider.start(ctx)) {
		return
	}
	defer func() { _ = s.provider.stop() }()
	metadata, err := fetchMetadata(ctx, s.issuer.URL+"/.well-known/openid-configuration")
	if !r.check(s.name, "has metadata", err) {
		return
	}
	// Keys are refreshed all the time, so that an outage of the provider is noticed.
	if s.issuer.Keys, err = jwks.Discover(s.issuer.URL, jwks.Options{RefreshEvery: 200 * time.Millisecond}); err != nil {
		r.check(s.name, "key source", err)
		return
	}
	apis, err := serveAPIs(ctx, s.issuer)
	if !r.check(s.name, "protects APIs of all adapters", err) {
		return
	}
	defer closeAll(apis)

	token := func() (string, error) { return s.web.codeFlow(ctx, metadata) }
	user, err := token()
	if !r.check(s.name, "code flow with PKCE", err) {
		return
	}
	r.check(s.name, "a user's token is accepted", expect(ctx, apis, user, http.StatusOK))
	if s.machine != nil {
		token = func() (string, error) { return s.machine.clientCredentials(ctx, metadata) }
		machine, err := token()
		if !r.check(s.name, "client credentials", err) {
			return
		}
		r.check(s.name, "a machine's token is accepted", expect(ctx, apis, machine, http.StatusOK))
	}
	r.check(s.name, "no token is refused", expect(ctx, apis, "", http.StatusUnauthorized))
	r.check(s.name, "a changed token is refused", expect(ctx, apis, changed(user), http.StatusUnauthorized))

	t := startTraffic(ctx, apis)
	defer t.end()
	s.rotation(ctx, r, t, user, token)
	s.outage(ctx, r, t, user, token)
}

// rotation: a token of a key that was published a moment ago is accepted at once.
func (s *subject) rotation(ctx context.Context, r *report, t *traffic, old string, token func() (string, error)) {
	t.use(old)
	if s.oneKey {
		t.use() // the old token is about to be refused, and rightly
	}
	if !r.check(s.name, "rotates its key", s.provider.rotate(ctx)) {
		return
	}
	newest, err := untilOtherKey(old, token)
	if !r.check(s.name, "signs with the new key", err) {
		return
	}
	r.check(s.name, "the first token of the new key is accepted at once", expect(ctx, t.apis, newest, http.StatusOK))
	if s.oneKey {
		t.use(newest)
	} else {
		t.use(old, newest)
	}
	time.Sleep(time.Second)
	r.check(s.name, "no valid request is lost in a rotation", t.losses())
}

// outage: while the provider is away, and when it is back, remembered keys serve.
func (s *subject) outage(ctx context.Context, r *report, t *traffic, valid string, token func() (string, error)) {
	if s.oneKey {
		valid = t.tokens[0]
	}
	t.use(valid)
	if !r.check(s.name, "stops", s.provider.stop()) {
		return
	}
	var err error
	cold := *s
	if cold.issuer.Keys, err = jwks.Discover(s.issuer.URL, jwks.Options{}); err != nil {
		r.check(s.name, "key source", err)
		return
	}
	apis, err := serveAPIs(ctx, cold.issuer)
	if !r.check(s.name, "an API starts while the provider is away", err) {
		return
	}
	defer closeAll(apis)
	r.check(s.name, "without keys the answer is 503 and not 401", expect(ctx, apis, valid, http.StatusServiceUnavailable))
	time.Sleep(2 * time.Second)
	r.check(s.name, "no valid request is lost while it is away", t.losses())
	if !r.check(s.name, "starts again", s.provider.start(ctx)) {
		return
	}
	time.Sleep(time.Second)
	r.check(s.name, "no valid request is lost when it is back", t.losses())
	again, err := token()
	if r.check(s.name, "makes tokens again", err) {
		r.check(s.name, "they are accepted", expect(ctx, t.apis, again, http.StatusOK))
	}
	r.check(s.name, "the API without keys has recovered", within(6*time.Second, func() error {
		return expect(ctx, apis, valid, http.StatusOK)
	}))
}

// expect calls every API once.
func expect(ctx context.Context, apis []api, token string, want int) error {
	for i := range apis {
		status, err := apis[i].call(ctx, token)
		if err != nil {
			return fmt.Errorf("%s: %w", apis[i].framework, err)
		}
		if status != want {
			return fmt.Errorf("%s: got status %d, want %d, for a token with the claims %s", apis[i].framework, status, want, claimsOf(token))
		}
	}
	return nil
}

// within repeats what fails, until the time is over.
func within(limit time.Duration, try func() error) error {
	end := time.Now().Add(limit)
	for {
		err := try()
		if err == nil || time.Now().After(end) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// untilOtherKey gets tokens until one is of another key: a provider may take turns.
func untilOtherKey(old string, token func() (string, error)) (string, error) {
	for range 4 {
		got, err := token()
		if err != nil || headerOf(got) != headerOf(old) {
			return got, err
		}
	}
	return "", fmt.Errorf("all tokens are of the old key: %s", headerOf(old))
}

func closeAll(apis []api) {
	for _, a := range apis {
		a.close()
	}
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

// loopback reserves an address of this machine for a provider.
func loopback() (address, port string, err error) {
	if address, err = listenAddress(); err != nil {
		return "", "", err
	}
	_, port, err = net.SplitHostPort(address)
	return address, port, err
}

// changed is the token with another signature.
func changed(token string) string {
	i := strings.LastIndexByte(token, '.') + 1
	first := "A"
	if strings.HasPrefix(token[i:], "A") {
		first = "B"
	}
	return token[:i] + first + token[i+1:]
}
