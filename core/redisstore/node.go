package redisstore

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
)

// node is the hook around all commands for one server. In a cluster, the client
// of each node has its own.
type node struct{ breaker breaker }

func newNode() *node { return &node{breaker{now: time.Now}} }

// DialHook is part of [redis.Hook].
func (n *node) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook is part of [redis.Hook].
func (n *node) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return n.guard(ctx, func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook is part of [redis.Hook].
func (n *node) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return n.guard(ctx, func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

func (n *node) guard(ctx context.Context, command func(context.Context) error) error {
	c, _ := ctx.Value(callKey{}).(*call)
	if c != nil && c.inside {
		return command(ctx) // what go-redis sends on a new connection before the command
	}
	probe, err := n.breaker.allow()
	if err != nil {
		return &covered{err}
	}
	result := unknown // also when go-redis panics
	defer func() { n.breaker.done(probe, result, err) }()
	err = command(&call{Context: ctx, inside: true})
	switch {
	case err == nil || err == redis.Nil || isAnswer(err): //nolint:errorlint // a shortcut for records that are not there
		result = answered
		return err
	case errors.Is(err, redis.ErrClosed):
		return err // the command was not sent; a cluster client takes another node
	case c != nil && c.callersDeadline && isTimeout(err), errors.Is(err, context.Canceled):
	default:
		result = failed
	}
	return &covered{err}
}

// covered keeps an error from the client of a cluster, which would repeat the
// command if it saw that the connection broke.
type covered struct{ err error }

func (c *covered) Error() string { return c.err.Error() }

func uncover(err error) error {
	for {
		var c *covered
		if !errors.As(err, &c) {
			return err
		}
		err = c.err
	}
}

// isAnswer tells whether err was sent by a server.
func isAnswer(err error) bool {
	var answer redis.Error
	return errors.As(err, &answer)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

// call is the context of one call.
type call struct {
	context.Context
	callersDeadline bool // comes before the end of Options.Timeout
	inside          bool // of guard
}

type callKey struct{}

// Value implements [context.Context].
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// begin bounds the time of a call.
func (s *Store) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := time.Now().Add(s.timeout)
	callers, ok := ctx.Deadline()
	bounded, cancel := context.WithDeadline(ctx, deadline)
	return &call{Context: bounded, callersDeadline: ok && callers.Before(deadline)}, cancel
}
