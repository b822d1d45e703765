package notes

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// hooks are the routes with which a test outside this process causes trouble. All are POST
// but those below /wire/; a page on any origin may call them.
//
//	/token?sub=&role=&scope=&age=&left=  a token made age seconds ago that is good for left more
//	/rotate                              another key; tokens signed with the one before are refused from now on
//	/outage?on=true                      the directory of rights is down
//	/throttle?on=true                    too many failures
//	/counts                              answers of all APIs by status since the last time
//	/elsewhere                           requests to the other origin since the last time, and how many had a token
//	/wire/                               what arrived: the answer says it
func (f *Fixture) hooks() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(rw http.ResponseWriter, r *http.Request) {
		token, err := f.token(r.URL.Query().Get)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		answer(rw, http.StatusOK, map[string]string{"token": token})
	})
	mux.HandleFunc("POST /rotate", func(rw http.ResponseWriter, r *http.Request) {
		old := f.issuer.Key("ES256").ID
		f.issuer.Rotate("ES256")
		f.issuer.Retire(old)
		// An API hears of it with the first token of the new key.
		if _, err := f.auth.Verify(r.Context(), f.issuer.Token(nil)); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /outage", func(rw http.ResponseWriter, r *http.Request) {
		f.outage.Store(r.URL.Query().Get("on") == "true")
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /throttle", func(rw http.ResponseWriter, r *http.Request) {
		f.throttled.Store(r.URL.Query().Get("on") == "true")
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /counts", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, http.StatusOK, f.counter.Take())
	})
	mux.HandleFunc("POST /elsewhere", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, http.StatusOK, f.elsewhere.take())
	})
	mux.HandleFunc("/wire/", wire)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		mux.ServeHTTP(rw, r)
	})
}

func (f *Fixture) token(query func(string) string) (string, error) {
	age, left := 0.0, 3600.0
	for name, value := range map[string]*float64{"age": &age, "left": &left} {
		if text := query(name); text != "" {
			seconds, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return "", fmt.Errorf("%s: %w", name, err)
			}
			*value = seconds
		}
	}
	now := float64(time.Now().UnixMilli()) / 1000
	claims := devissuer.Claims{"iat": now - age, "exp": now + left}
	if sub := query("sub"); sub != "" {
		claims["sub"] = sub
	}
	if role := query("role"); role != "" {
		claims["roles"] = []string{role}
	}
	if scope := query("scope"); scope != "" {
		claims["scope"] = strings.ReplaceAll(scope, ",", " ")
	}
	return f.issuer.Token(claims), nil
}

// visits is the server elsewhere. It lets everything in, as an attacker would.
type visits struct {
	mu   sync.Mutex
	seen visited
}

type visited struct {
	Requests int `json:"requests"`
	Tokens   int `json:"tokens"`
}

func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	if r.Method == http.MethodOptions {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen.Requests++
	if r.Header.Get("Authorization") != "" {
		v.seen.Tokens++
	}
	fmt.Fprintln(w, "taken")
}

func (v *visits) take() visited {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := v.seen
	v.seen = visited{}
	return seen
}
