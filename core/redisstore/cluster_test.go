package redisstore_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/redisstore"
	"github.com/authkeel/authkeel/core/store/storetest"
)

// startSentinel watches a master under the name main.
func startSentinel(tb testing.TB, master *server) *server {
	tb.Helper()
	host, port, _ := net.SplitHostPort(master.Addr)
	conf := filepath.Join(tb.TempDir(), "sentinel.conf") // Sentinel writes into it
	text := "sentinel monitor main " + host + " " + port + " 1\nsentinel down-after-milliseconds main 300\nsentinel failover-timeout main 3000\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	s, err := newServer(conf, "--sentinel")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.close)
	return s
}

// cluster is several servers that share the slots.
type cluster struct {
	tb    testing.TB // ends all nodes
	nodes []*server
	ids   []string
}

const slots = 16384

func startCluster(tb testing.TB, masters int) *cluster {
	tb.Helper()
	c := &cluster{tb: tb}
	for i := range masters {
		n := c.add(tb)
		first, last := slots*i/masters, slots*(i+1)/masters-1
		if err := errors.Join(
			n.Admin.ClusterAddSlotsRange(tb.Context(), first, last).Err(),
			n.Admin.Do(tb.Context(), "cluster", "set-config-epoch", i+1).Err(),
		); err != nil {
			tb.Fatal(err)
		}
	}
	c.meet(tb)
	return c
}

// add starts a node that knows no other.
func (c *cluster) add(tb testing.TB) *server {
	tb.Helper()
	bus, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	n := startServer(c.tb, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000",
		"--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no")
	n.bus = bus
	id, err := n.Admin.ClusterMyID(tb.Context()).Result()
	if err != nil {
		tb.Fatal(err)
	}
	c.nodes, c.ids = append(c.nodes, n), append(c.ids, id)
	return n
}

// meet makes all nodes know each other.
func (c *cluster) meet(tb testing.TB) {
	tb.Helper()
	for _, n := range c.nodes[1:] {
		host, port, _ := net.SplitHostPort(n.Addr)
		if err := c.nodes[0].Admin.Do(tb.Context(), "cluster", "meet", host, port, n.bus).Err(); err != nil {
			tb.Fatal(err)
		}
	}
	if err := within(30*time.Second, func() error {
		for _, n := range c.nodes {
			info, err := n.Admin.ClusterInfo(tb.Context()).Result()
			if err != nil {
				return err
			}
			for _, want := range []string{"cluster_state:ok", fmt.Sprintf("cluster_known_nodes:%d", len(c.nodes)), "cluster_slots_assigned:16384"} {
				if !strings.Contains(info, want) {
					return fmt.Errorf("%s has no %s: %s", n.Addr, want, info)
				}
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
}

func (c *cluster) options(prefix string, timeout time.Duration) redisstore.Options {
	o := &redis.UniversalOptions{IsClusterMode: true}
	for _, n := range c.nodes {
		o.Addrs = append(o.Addrs, n.Addr)
	}
	return redisstore.Options{Redis: o, Prefix: prefix, Timeout: timeout}
}

// TestCluster runs what needs a cluster on one, because it takes seconds to start.
func TestCluster(t *testing.T) {
	c := startCluster(t, 3)
	t.Run("conforms", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Fixture {
			o := c.options(prefix(t), patient)
			return storetest.Fixture{Store: open(t, o), Second: open(t, o), Elapse: time.Sleep}
		})
	})
	t.Run("mode", func(t *testing.T) {
		s := open(t, redisstore.Options{URL: c.nodes[0].url(), Timeout: patient})
		if err := s.Set(t.Context(), "k", "v", time.Hour); !errors.Is(err, redisstore.ErrMode) {
			t.Errorf("Set on a node of a cluster without IsClusterMode: %v, want ErrMode", err)
		}
		o := redisstore.Options{Redis: &redis.UniversalOptions{Addrs: []string{shared(t).Addr}, IsClusterMode: true}, Timeout: patient}
		if err := open(t, o).Set(t.Context(), "k", "v", time.Hour); !errors.Is(err, redisstore.ErrMode) {
			t.Errorf("Set with IsClusterMode on one server: %v, want ErrMode", err)
		}
	})
	t.Run("a client cannot choose the node", c.spreads)
	t.Run("a slot moves", c.slotMoves)
	t.Run("a replica takes over", c.takeover)
	t.Run("a node is lost", c.lost)
}

// spreads writes keys whose braces would put all of them into one slot.
func (c *cluster) spreads(t *testing.T) {
	s := open(t, c.options("spread:", patient))
	if err := s.Health(t.Context()); err != nil {
		t.Error(err)
	}
	for i := range 60 {
		if err := s.Set(t.Context(), "{a}"+strconv.Itoa(i), "v", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.nodes {
		keys, err := n.Admin.Keys(t.Context(), "spread:*").Result()
		if err != nil || len(keys) < 5 {
			t.Errorf("%s has %d of 60 keys, %v; want about 20", n.Addr, len(keys), err)
		}
	}
}

// slotMoves moves the slot of a record from one node to another while it is used.
func (c *cluster) slotMoves(t *testing.T) {
	ctx := t.Context()
	s := open(t, c.options("move:", patient))
	const key, name = "k", "move:r{}:k"
	if err := s.Set(ctx, key, "1", time.Hour); err != nil {
		t.Fatal(err)
	}
	slot, err := c.nodes[0].Admin.ClusterKeySlot(ctx, name).Result()
	if err != nil {
		t.Fatal(err)
	}
	from := int(slot) * len(c.nodes) / slots
	if slots*(from+1)/len(c.nodes) <= int(slot) {
		from++ // the ranges are rounded down
	}
	to := (from + 1) % len(c.nodes)
	step := func(on int, args ...any) {
		t.Helper()
		if err := c.nodes[on].Admin.Do(ctx, args...).Err(); err != nil {
			t.Fatalf("%v on node %d: %v", args, on, err)
		}
	}
	count := 1
	next := func(when string) {
		t.Helper()
		old := strconv.Itoa(count)
		count++
		current, swapped, err := s.Swap(ctx, key, old, strconv.Itoa(count), time.Hour)
		if err != nil || !swapped {
			t.Errorf("%s: Swap = %q, %v, %v", when, current, swapped, err)
		}
		if got, err := s.Get(ctx, key, "other"); err != nil || got[0] != strconv.Itoa(count) {
			t.Errorf("%s: Get = %q, %v, want %d", when, got, err, count)
		}
	}
	next("before")
	step(to, "cluster", "setslot", slot, "importing", c.ids[from])
	step(from, "cluster", "setslot", slot, "migrating", c.ids[to])
	next("before the record moves")
	host, port, _ := net.SplitHostPort(c.nodes[to].Addr)
	step(from, "migrate", host, port, name, 0, 5000)
	next("after the record has moved") // by ASK
	for i := range c.nodes {
		step((to+i)%len(c.nodes), "cluster", "setslot", slot, "node", c.ids[to])
	}
	next("after the slot has moved") // by MOVED
}

// takeover makes a replica the master of a third of the slots while records are
// written. What was acknowledged must be there afterwards.
func (c *cluster) takeover(t *testing.T) {
	ctx := t.Context()
	replica := c.add(t)
	c.meet(t)
	if err := within(20*time.Second, func() error {
		return replica.Admin.ClusterReplicate(ctx, c.ids[0]).Err()
	}); err != nil {
		t.Fatal(err)
	}
	role := func(want string) error {
		info, err := replica.Admin.Info(ctx, "replication").Result()
		if err == nil && !strings.Contains(info, want) {
			err = fmt.Errorf("no %s in %s", want, info)
		}
		return err
	}
	if err := within(30*time.Second, func() error {
		for _, n := range c.nodes { // a master refuses a replica that it does not know as its own
			replicas, err := n.Admin.Do(ctx, "cluster", "replicas", c.ids[0]).Slice()
			if err == nil && len(replicas) != 1 {
				err = fmt.Errorf("%s knows %d replicas", n.Addr, len(replicas))
			}
			if err != nil {
				return err
			}
		}
		return role("master_link_status:up")
	}); err != nil {
		t.Fatal(err)
	}
	s := open(t, c.options("takeover:", time.Second))
	var mu sync.Mutex
	var written []string
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("%d-%d", w, i)
				if err := s.Set(ctx, key, "v", time.Hour); err == nil {
					mu.Lock()
					written = append(written, key)
					mu.Unlock()
				}
			}
		})
	}
	if err := replica.Admin.ClusterFailover(ctx).Err(); err != nil {
		t.Error(err)
	}
	if err := within(30*time.Second, func() error { return role("role:master") }); err != nil {
		t.Error(err)
	}
	mu.Lock()
	before := len(written)
	mu.Unlock()
	if err := within(recovery, func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(written) < before+50 {
			return fmt.Errorf("%d records were written, %d of them before the takeover", len(written), before)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	close(stop)
	writers.Wait()
	if err := within(recovery, func() error { return s.Health(ctx) }); err != nil {
		t.Error(err)
	}
	for keys := range slices.Chunk(written, 100) {
		got, err := s.Get(ctx, keys...)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if v != "v" {
				t.Errorf("the record %s is lost", keys[i])
			}
		}
	}
}

// lost kills a master without a replica: its records cannot be reached, and those
// of the others stay as quick as before.
func (c *cluster) lost(t *testing.T) {
	ctx := t.Context()
	s := open(t, c.options("lost:", 0))
	patientStore := open(t, c.options("lost:", patient))
	dead := c.nodes[1]
	var there, gone []string
	for i := range 60 {
		key := strconv.Itoa(i)
		if err := patientStore.Set(ctx, key, "v", time.Hour); err != nil {
			t.Fatal(err)
		}
		if n, err := dead.Admin.Exists(ctx, "lost:r{}:"+key).Result(); err == nil && n == 1 {
			gone = append(gone, key)
		} else {
			there = append(there, key)
		}
	}
	if len(there) == 0 || len(gone) == 0 {
		t.Fatalf("%d keys on the other nodes, %d on the one to kill; want some of both", len(there), len(gone))
	}
	if err := within(recovery, func() error { return s.Health(ctx) }); err != nil {
		t.Fatal(err)
	}
	dead.kill()
	for _, key := range gone {
		if err := bounded(t, "Get", func() error { _, err := s.Get(ctx, key); return err }); err == nil {
			t.Errorf("Get(%s) succeeded without its node", key)
		}
	}
	if err := bounded(t, "Get of many", func() error { _, err := s.Get(ctx, there[0], gone[0]); return err }); err == nil {
		t.Error("Get of many succeeded without the node of one")
	}
	if err := bounded(t, "Health", func() error { return s.Health(ctx) }); err == nil {
		t.Error("Health is good without a node")
	}
	for _, key := range there {
		if got, err := s.Get(ctx, key); err != nil || got[0] != "v" {
			t.Errorf("Get(%s) = %q, %v; its node is alive", key, got, err)
		}
	}
	if err := dead.start(); err != nil {
		t.Fatal(err)
	}
	if err := within(30*time.Second, func() error {
		return bounded(t, "Set", func() error { return s.Set(ctx, gone[0], "w", time.Hour) })
	}); err != nil {
		t.Error(err)
	}
}
