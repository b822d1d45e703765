package probes

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// mistakes are servers that are broken in one way, and the rows that must fail,
// each once; "id!" is a warning.
var mistakes = []struct {
	name   string
	change func(*api)
	want   string
}{
	{"none at all", nil, ""},
	{"expiry is not checked", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity { _, _, c := bearer(r); return a.lenient(r, at(c, "iat")) }
	}, "expired expired"}, // every route that reads and asks for no role
	{"nbf is not checked", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity {
			_, _, c := bearer(r)
			before, _ := c["nbf"].(float64)
			if issued, _ := c["iat"].(float64); before <= issued {
				return nil
			}
			return a.lenient(r, at(c, "nbf"))
		}
	}, "premature"},
	{"any issuer", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity {
			_, _, c := bearer(r)
			return a.lenient(r, func(cfg *core.Config) { cfg.Issuers[0].URL, _ = c["iss"].(string) })
		}
	}, "issuer"},
	{"any audience", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity {
			return a.lenient(r, func(cfg *core.Config) { cfg.Issuers[0].AllowAnyAudience, cfg.Issuers[0].Audiences = true, nil })
		}
	}, "audience"},
	{"any party", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity {
			return a.lenient(r, func(cfg *core.Config) { cfg.Issuers[0].AuthorizedParties = nil })
		}
	}, "party"},
	{"alg none", func(a *api) {
		a.accept = func(_ *api, r *http.Request) *core.Identity {
			if _, h, c := bearer(r); strings.EqualFold(fmt.Sprint(h["alg"]), "none") {
				return believe(c)
			}
			return nil
		}
	}, "alg-none"},
	{"HMAC with whatever the key is", func(a *api) {
		secret := publicPEM(a.keys)
		a.accept = func(_ *api, r *http.Request) *core.Identity {
			if token, h, c := bearer(r); h["alg"] == "HS256" && hs256(token, secret) {
				return believe(c)
			}
			return nil
		}
	}, "alg-hmac"},
	{"the key in the token", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity {
			_, h, _ := bearer(r)
			key, ok := h["jwk"].(map[string]any)
			if !ok {
				return nil
			}
			set, err := json.Marshal(map[string]any{"keys": []any{key}})
			if err != nil {
				return nil
			}
			other := &api{issuer: a.issuer, audience: a.audience, party: a.party, keys: set}
			return other.lenient(r, nil)
		}
	}, "key"},
	{"a missing signature", func(a *api) {
		a.accept = func(_ *api, r *http.Request) *core.Identity {
			if token, h, c := bearer(r); strings.HasSuffix(token, ".") && h["alg"] == "RS256" {
				return believe(c)
			}
			return nil
		}
	}, "tampered"},
	{"signatures are not checked", func(a *api) {
		a.accept = func(a *api, r *http.Request) *core.Identity {
			_, _, c := bearer(r)
			if c["iss"] == a.issuer && c["aud"] == a.audience && c["azp"] == a.party && len(r.Header["Authorization"]) == 1 && a.lenient(r, nil) == nil && c["nbf"] == nil {
				return believe(c)
			}
			return nil
		}
	}, "key alg-none alg-hmac tampered"},
	{"the first of two headers", func(a *api) {
		a.before = func(_ *api, _ http.ResponseWriter, r *http.Request) bool {
			if lines := r.Header["Authorization"]; len(lines) > 1 {
				r.Header["Authorization"] = lines[:1]
			}
			return false
		}
	}, "two-credentials"},
	{"the query", func(a *api) {
		a.before = func(_ *api, _ http.ResponseWriter, r *http.Request) bool {
			if token := r.URL.Query().Get("token"); token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return false
		}
	}, "query"},
	{"a role that is not checked", func(a *api) { a.role = core.AnyRole("admin", "member") }, "role-missing"},
	{"a role that nobody has", func(a *api) { a.role = core.Role("owner") }, "role-present"},
	{"a forgotten route", func(a *api) { a.open = true }, "no-token"},
	{"a health check that wants a token", func(a *api) { a.closed = true }, "public"},
	{"no challenge", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, _ *http.Request, f *core.Refusal) {
			w.Header().Del("WWW-Authenticate")
			f.Header = slices.DeleteFunc(slices.Clone(f.Header), func(h [2]string) bool { return strings.EqualFold(h[0], "WWW-Authenticate") })
			f.Write(w)
		}
	}, "no-token no-token no-token no-token"},
	{"a redirect to the sign-in page", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, r *http.Request, f *core.Refusal) {
			if f.Status != 401 || r.Header.Get("Authorization") != "" {
				f.Write(w)
				return
			}
			http.Redirect(w, r, "/login", http.StatusFound)
		}
	}, "no-token no-token no-token no-token"},
	{"the reason in the answer", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, _ *http.Request, f *core.Refusal) {
			f.Body.Description = "token signature is invalid: crypto/rsa: verification error"
			f.Write(w)
		}
	}, "leaks"},
	{"the key's id in the answer", func(a *api) {
		id := a.source.Secrets()["the key ID"]
		a.refuse = func(_ *api, w http.ResponseWriter, _ *http.Request, f *core.Refusal) {
			f.Body.Description = "no " + id
			f.Write(w)
		}
	}, "leaks"},
	{"the token in the answer", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, r *http.Request, f *core.Refusal) {
			f.Body.Description = "bad " + r.Header.Get("Authorization")
			f.Write(w)
		}
	}, "leaks"},
	{"a stack trace", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, _ *http.Request, f *core.Refusal) {
			f.Body.Description = "goroutine 1 [running]:\nmain.main()"
			f.Write(w)
		}
	}, "leaks"},
	{"an error for a bad token", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, _ *http.Request, f *core.Refusal) {
			if f.Err != nil && errors.Is(f.Err, core.ErrMalformed) {
				f.Status = 500
			}
			f.Write(w)
		}
	}, "alg-none tampered"},
	{"a panic for a bad token", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, r *http.Request, f *core.Refusal) {
			if _, h, _ := bearer(r); h["alg"] == "HS256" {
				panic(http.ErrAbortHandler)
			}
			f.Write(w)
		}
	}, "alg-hmac"},
	{"403 for a bad token", func(a *api) {
		a.refuse = func(_ *api, w http.ResponseWriter, r *http.Request, f *core.Refusal) {
			if f.Status == 401 && r.Header.Get("Authorization") != "" {
				f.Status = 403
			}
			f.Write(w)
		}
	}, "expired! premature! issuer! audience! party! key! alg-none! alg-hmac! tampered!"},
	{"one refusal shuts everybody out", func(a *api) {
		var shut atomic.Bool
		a.refuse = func(_ *api, w http.ResponseWriter, r *http.Request, f *core.Refusal) {
			if r.Header.Get("Authorization") != "" && strings.Contains(w.Header().Get("WWW-Authenticate"), "expired") {
				shut.Store(true)
			}
			f.Write(w)
		}
		a.before = func(_ *api, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/me" || !shut.CompareAndSwap(true, false) {
				return false
			}
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
	}, "fresh"},
	{"a limit of requests", func(a *api) {
		var n atomic.Int32
		a.wrap = func(a *api, h http.Handler) http.Handler {
			h = cors(a, h)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && n.Add(1) > 6 {
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				h.ServeHTTP(w, r)
			})
		}
	}, ""}, // what is not tried is no failure
	{"CORS behind authentication", func(a *api) {
		a.wrap = func(_ *api, h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Origin") != "" && r.Header.Get("Authorization") != "" {
					w.Header().Set("Access-Control-Allow-Origin", party)
				}
				if r.Method == http.MethodOptions {
					w.Header().Set("WWW-Authenticate", "Bearer")
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				h.ServeHTTP(w, r)
			})
		}
	}, "cors"},
	{"nobody sees who is calling", func(a *api) { a.unnamed = true }, "identity!"},
	{"webhooks that nobody checks", func(a *api) {
		a.hook = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	}, "webhook-unsigned webhook-forged webhook-stale webhook-replayed"},
	{"webhooks of any age", func(a *api) {
		checked := a.hook
		a.hook = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			seconds, _ := strconv.ParseInt(r.Header.Get("Svix-Timestamp"), 10, 64)
			right, err := devclerk.SignWebhook(hookSecret, r.Header.Get("Svix-Id"), time.Unix(seconds, 0), body)
			if err == nil && time.Since(time.Unix(seconds, 0)) > time.Hour && right.Get("Svix-Signature") == r.Header.Get("Svix-Signature") {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			checked.ServeHTTP(w, r)
		})
	}, "webhook-stale"},
	{"webhooks that nobody remembers", func(a *api) {
		a.hook = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.newHook().ServeHTTP(w, r) })
	}, "webhook-replayed"},
	{"another webhook secret", func(a *api) {
		a.hook = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	}, "webhook-genuine"},
}

// publicPEM is the key of a set, as a program would have it in a file.
func publicPEM(set []byte) []byte {
	var doc struct {
		Keys []struct{ N, E string }
	}
	if err := json.Unmarshal(set, &doc); err != nil {
		panic(err)
	}
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			panic(err)
		}
		return new(big.Int).SetBytes(b)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: number(doc.Keys[0].N), E: int(number(doc.Keys[0].E).Int64())})
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
