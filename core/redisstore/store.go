package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/store"
)

// Store is a [store.Store] on Redis. Its methods may be called at once. Make it
// with [New], once for the process, and close it at the end.
type Store struct {
	client  redis.UniversalClient
	cluster *redis.ClusterClient // nil when one server has all keys
	rules   serverRules
	prefix  string
	timeout time.Duration
}

var _ store.Store = (*Store)(nil)

// Close closes the connections. Calls that come later return
// [store.ErrUnavailable].
func (s *Store) Close() error { return s.client.Close() }

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, keys ...string) ([]string, error) {
	for _, key := range keys {
		if err := store.CheckKey(key); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	values := make([]string, len(keys))
	if len(keys) == 0 {
		return values, nil
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.record(key)
	}
	callCtx, cancel := s.begin(ctx)
	defer cancel()
	var err error
	switch {
	case len(keys) == 1:
		values[0], err = s.client.Get(callCtx, names[0]).Result()
	case s.cluster != nil:
		err = s.getFromNodes(callCtx, names, values)
	default:
		err = s.getAtOnce(callCtx, names, values)
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, s.failed(ctx, err)
	}
	return values, nil
}

// getAtOnce reads several records of one server.
func (s *Store) getAtOnce(ctx context.Context, names, values []string) error {
	found, err := s.client.MGet(ctx, names...).Result()
	if err != nil {
		return err
	}
	for i, v := range found {
		values[i], _ = v.(string) // nil where there is no record
	}
	return nil
}

// getFromNodes reads several records of a cluster, whose nodes refuse a command
// for keys of different slots.
func (s *Store) getFromNodes(ctx context.Context, names, values []string) error {
	cmds := make([]*redis.StringCmd, len(names))
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			cmds[i] = p.Get(ctx, name)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i, cmd := range cmds { // the error of the pipeline is the first one, which may be a record that is not there
		v, err := cmd.Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		values[i] = v
	}
	return nil
}

// Set implements [store.Store].
func (s *Store) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := store.CheckRecord(key, value, ttl); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	callCtx, cancel := s.begin(ctx)
	defer cancel()
	var err error
	if value == "" {
		err = s.client.Del(callCtx, s.record(key)).Err()
	} else {
		err = s.client.Do(callCtx, "set", s.record(key), value, "px", milliseconds(ttl)).Err()
	}
	if err != nil {
		return s.failed(ctx, err)
	}
	return nil
}

// Swap implements [store.Store].
func (s *Store) Swap(ctx context.Context, key, old, value string, ttl time.Duration) (string, bool, error) {
	if err := store.CheckRecord(key, value, ttl); err != nil {
		return "", false, err
	}
	if err := ctx.Err(); err != nil {
		return "", false, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	// No record is longer than the limit, so the rest of an old value that is
	// longer need not be sent.
	old = old[:min(len(old), store.MaxValueBytes+1)]
	callCtx, cancel := s.begin(ctx)
	defer cancel()
	answer, err := swapScript.Run(callCtx, s.client, []string{s.record(key)}, old, value, milliseconds(ttl)).Result()
	if err != nil {
		return "", false, s.failed(ctx, err)
	}
	switch answer := answer.(type) {
	case int64:
		return value, true, nil
	case string:
		return answer, false, nil
	}
	return "", false, fmt.Errorf("%w: Redis answered Swap with %T", store.ErrUnavailable, answer)
}

// Advance implements [store.Store].
func (s *Store) Advance(ctx context.Context, key string, by, limit time.Duration) (time.Duration, bool, error) {
	if err := store.CheckAdvance(key, by, limit); err != nil {
		return 0, false, err
	}
	if err := ctx.Err(); err != nil {
		return 0, false, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	callCtx, cancel := s.begin(ctx)
	defer cancel()
	answer, err := advanceScript.Run(callCtx, s.client, []string{s.clock(key)},
		int64(by/time.Second), int64(by%time.Second), int64(limit/time.Second), int64(limit%time.Second)).Int64Slice()
	if err != nil {
		return 0, false, s.failed(ctx, err)
	}
	const secondsMax = math.MaxInt64 / int64(time.Second)
	if len(answer) != 3 || answer[1] < 0 || answer[1] >= secondsMax {
		return 0, false, fmt.Errorf("%w: Redis answered Advance with %d", store.ErrUnavailable, answer)
	}
	return time.Duration(answer[1])*time.Second + time.Duration(answer[2]), answer[0] == 1, nil
}

// record and clock name the keys in Redis. The first braces in the name of a key
// say what its slot depends on, unless they are empty.
func (s *Store) record(key string) string { return s.prefix + "r{}:" + key }
func (s *Store) clock(key string) string  { return s.prefix + "c{}:" + key }

// milliseconds rounds up, because a record must not be forgotten before its time.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// failed translates an error of go-redis or of the server. ctx is the caller's.
func (s *Store) failed(ctx context.Context, err error) error {
	err = uncover(err)
	if redis.HasErrorPrefix(err, "OOM") {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	if s.cluster != nil {
		s.cluster.ReloadState(ctx) // in the background; a replica may have taken over
	}
	if given := ctx.Err(); given != nil && !errors.Is(err, given) {
		return fmt.Errorf("%w: %w: %w", store.ErrUnavailable, given, err)
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
