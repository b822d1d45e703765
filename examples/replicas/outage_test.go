package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// outage is how long Redis is gone.
const outage = 5 * time.Second

// answer is what a request got.
type answer struct {
	asked  time.Time
	took   time.Duration
	status int
}

// watch sends a request every few milliseconds until stop is called.
func (c *client) watch(url, token string) (stop func() []answer) {
	var answers []answer
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			a := answer{asked: time.Now()}
			a.status = c.send(http.MethodGet, url+"/api/me", token)
			a.took = time.Since(a.asked)
			answers = append(answers, a)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() []answer {
		close(done)
		running.Wait()
		return answers
	}
}

// TestRedisKilled costs what the configuration says, on replicas that refuse when
// they cannot know what was revoked, and on replicas that go on by what they know.
func TestRedisKilled(t *testing.T) {
	c, server, s := setUp(t)
	strict := startGroup(t, 3, s)
	s.AllowStale = time.Minute
	lenient := startGroup(t, 3, s)
	good, gone := c.token("user_good"), c.token("user_gone")
	for _, g := range []*group{strict, lenient} {
		for _, r := range g.replicas {
			eventually(t, recovery, func() error { return accepted(c, r, good) })
		}
	}
	c.admitted(strict.url, "user_busy", 2*requestsPerHour) // is at the limit
	c.signOut(strict.url, gone)
	eventually(t, recovery, func() error { // a replica that is asked a second later knows it
		var missing error
		for _, r := range slices.Concat(strict.replicas, lenient.replicas) {
			if status := c.send(http.MethodGet, r.url+"/api/me", gone); status != http.StatusUnauthorized {
				missing = fmt.Errorf("%s and a revoked token: got %d, want 401", r.url, status)
			}
		}
		return missing
	})

	stops := []func() []answer{c.watch(strict.url, good), c.watch(strict.url, gone), c.watch(lenient.url, good), c.watch(lenient.url, gone)}
	server.kill()
	down := time.Now() // Redis answers nobody between these two times
	inOutage(c, strict, lenient)
	time.Sleep(time.Until(down.Add(outage)))
	up := time.Now()
	server.start(t)

	for _, g := range []*group{strict, lenient} {
		for i, r := range g.replicas {
			eventually(t, recovery, func() error { return accepted(c, r, good) })
			eventually(t, recovery, func() error {
				if status := c.send(http.MethodGet, r.url+"/health/redis", ""); status != http.StatusOK {
					return fmt.Errorf("replica %d after the outage: Redis is %d", i, status)
				}
				return nil
			})
		}
	}
	checkAnswers(t, "strict, a good token", stops[0](), down, up, true, http.StatusOK, http.StatusServiceUnavailable)
	checkAnswers(t, "strict, a revoked token", stops[1](), down, up, true, http.StatusUnauthorized, http.StatusServiceUnavailable)
	checkAnswers(t, "lenient, a good token", stops[2](), down, up, false, http.StatusOK)
	checkAnswers(t, "lenient, a revoked token", stops[3](), down, up, false, http.StatusUnauthorized)
	afterOutage(c, lenient)
}

// checkAnswers looks at the answers around an outage: none but those of want, none
// late, and where refuse is set nothing but 503 from a second after its beginning until
// its end.
func checkAnswers(t *testing.T, what string, answers []answer, down, up time.Time, refuse bool, want ...int) {
	t.Helper()
	const late = 2 * time.Second // 250 ms, on a machine that does much else
	inOutage := 0
	for _, a := range answers {
		expected := a.status == want[0] || len(want) > 1 && a.status == want[1]
		after := a.asked.Sub(down)
		switch {
		case !expected:
			t.Errorf("%s: got %d %v after Redis was killed, want %d", what, a.status, after, want)
		case a.took > late:
			t.Errorf("%s: waited %v", what, a.took)
		case refuse && after > time.Second && a.asked.Add(a.took).Before(up):
			if inOutage++; a.status != http.StatusServiceUnavailable {
				t.Errorf("%s: got %d %v after Redis was killed, want 503", what, a.status, after)
			}
		}
	}
	if refuse && inOutage == 0 || len(answers) < 10 {
		t.Errorf("%s: %d answers, %d of them in the outage", what, len(answers), inOutage)
	}
}

// inOutage uses what depends on Redis while it is gone.
func inOutage(c *client, strict, lenient *group) {
	c.t.Helper()
	// Each replica counts for itself, at the same rate.
	for i, r := range lenient.replicas {
		if got := c.admitted(r.url, "user_new", 2*requestsPerHour); !within1Percent(got) {
			c.t.Errorf("replica %d admitted %d requests without Redis, want %d", i, got, requestsPerHour)
		}
		if len(r.said("event=store reason=store_unavailable")) == 0 {
			c.t.Errorf("replica %d does not report that it counts by itself", i)
		}
	}
	// A webhook that cannot be claimed is not handled, and its sender comes again.
	for _, g := range []*group{strict, lenient} {
		if status := c.deliver(g.url, "msg_outage", "user.created"); status != http.StatusServiceUnavailable {
			c.t.Errorf("a webhook without Redis: got %d, want 503", status)
		}
	}
	// A revocation counts where it was made, and its caller is told.
	token := c.token("user_leaves")
	if status := c.send(http.MethodPost, lenient.replicas[0].url+"/api/sign-out", token); status != http.StatusServiceUnavailable {
		c.t.Errorf("a sign-out without Redis: got %d, want 503", status)
	}
	if status := c.send(http.MethodGet, lenient.replicas[0].url+"/api/me", token); status != http.StatusUnauthorized {
		c.t.Errorf("after a sign-out without Redis: got %d, want 401 from the replica that was asked", status)
	}
	if status := c.send(http.MethodGet, lenient.url+"/health", ""); status != http.StatusNoContent {
		c.t.Errorf("the health of a replica without Redis: got %d, want 204", status)
	}
}

// afterOutage checks that all is as before, without a restart.
func afterOutage(c *client, g *group) {
	c.t.Helper()
	eventually(c.t, recovery, func() error {
		if status := c.deliver(g.url, "msg_outage", "user.created"); status != http.StatusOK || g.handled("msg_outage") != 1 {
			return fmt.Errorf("the webhook: got %d, and it was handled %d times", status, g.handled("msg_outage"))
		}
		return nil
	})
	// Redis kept what it had counted. A replica asks it again within a second.
	eventually(c.t, recovery, func() error {
		if got := c.admitted(g.url, "user_busy", 20); got > 0 {
			return fmt.Errorf("a user at the limit was admitted %d times", got)
		}
		return nil
	})
	// The revocation of the outage reaches all.
	token := c.token("user_leaves")
	for i, r := range g.replicas {
		eventually(c.t, recovery, func() error {
			if status := c.send(http.MethodGet, r.url+"/api/me", token); status != http.StatusUnauthorized {
				return fmt.Errorf("replica %d and the sign-out of the outage: got %d, want 401", i, status)
			}
			return nil
		})
	}
}

// TestRedisLosesEverything: running replicas take nothing back, and one that starts
// afterwards learns it from them.
func TestRedisLosesEverything(t *testing.T) {
	c, server, s := setUp(t)
	g := startGroup(t, 2, s)
	gone := c.token("user_gone")
	c.signOut(g.url, gone)
	eventually(t, recovery, func() error { // until it has reached all
		for _, r := range g.replicas {
			if status := c.send(http.MethodGet, r.url+"/api/me", gone); status != http.StatusUnauthorized {
				return fmt.Errorf("%s and a revoked token: got %d, want 401", r.url, status)
			}
		}
		return nil
	})
	server.empty(t)
	for _, r := range g.replicas {
		eventually(t, recovery, func() error { return refused(c, r, gone) })
	}
	eventually(t, recovery, func() error {
		if err := refused(c, g.replicas[0], gone); err != nil {
			return err
		}
		return written(t, server)
	})
	fresh := startReplica(t, s)
	eventually(t, recovery, func() error { return refused(c, fresh, gone) })
}
