package jwks_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

func TestBackoff(t *testing.T) {
	for _, tt := range []struct {
		random float64
		want   []time.Duration
	}{
		{0, []time.Duration{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}},
		{0.9999999, []time.Duration{750, 1500, 3000, 6000, 12000, 24000, 45000, 45000}},
	} {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
			jwks.SetJitter(r, func() float64 { return tt.random })
			f.fail()
			for i, want := range tt.want {
				want *= time.Millisecond
				ask(r, "a")
				expectCount(t, f, i+1)
				retry := jwks.RetryAfter(r)
				if got := retry.Round(time.Millisecond); got != want {
					t.Errorf("failure %d, jitter %v: got %v, want %v", i+1, tt.random, got, want)
				}
				time.Sleep(retry - 1)
				expect(t, r, "a", unavailable, 0)
				expectCount(t, f, i+1)
				time.Sleep(time.Nanosecond)
			}
		})
	}
}

func TestTransportErrors(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		for _, tt := range []struct {
			reply reply
			want  string
		}{
			{reply{err: errors.New("refused")}, "connect"},
			{reply{hang: true}, "timeout"},
			{reply{status: http.StatusNotFound}, "status"},
			{reply{status: http.StatusNoContent}, "status"},
			{reply{body: "<html>"}, "parse"},
			{reply{body: strings.Repeat(" ", jwks.MaxBody+1)}, "too_large"},
			{reply{body: setOf(), header: http.Header{"Content-Encoding": {"br"}}}, "encoding"},
			{reply{body: setOf()}, "empty"},
		} {
			f.answer(tt.reply)
			if err := r.Ready(t.Context()); !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), "("+tt.want+")") {
				t.Errorf("%s: got %v", tt.want, err)
			}
			synctest.Wait()
			if h := r.Health(); h.LastError != tt.want || f.last().Err != tt.want {
				t.Errorf("%s: got %+v, %+v", tt.want, h, f.last())
			}
		}
	})
}
