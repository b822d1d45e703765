import { TRPCClientError, type Operation, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { Auth } from './auth.js';
import { AuthError } from './errors.js';
import { authErrorOf, dataOf } from './refusals.js';

/**
 * The link that goes before all others. Refusals get their typed error as `cause`, and a call that a batch answers with
 * UNAUTHORIZED beside others, which auth.fetch does not see, gets one more try by itself with a fresh token.
 */
export function authLink<R extends AnyTRPCRouter>(auth: Auth, again: TRPCLink<R>): TRPCLink<R> {
  return (runtime) => {
    const repeat = again(runtime);
    return ({ op, next }) =>
      observable((observer) => {
        let sent: { unsubscribe(): void } | undefined;
        let closed = false;
        const fail = (error: unknown): void => observer.error(TRPCClientError.from(withCause(error)));
        // In a batch one call cannot be aborted, but its caller need not wait.
        const abort = (): void => {
          sent?.unsubscribe();
          fail(op.signal?.reason);
        };
        const send = (results: ReturnType<typeof next>, failed: (error: TRPCClientError<R>) => void): void => {
          sent = results.subscribe({ next: (value) => observer.next(value), complete: () => observer.complete(), error: failed });
        };
        op.signal?.addEventListener('abort', abort);
        send(next(op), (error) => {
          const response = error.meta?.['response'];
          const bearer = response instanceof Response ? auth.bearerOf(response) : undefined;
          if (bearer === undefined || !unauthorizedInside(error)) return fail(error);
          auth
            .tokenForRepeat(bearer, op.type === 'query', op.signal ?? undefined)
            .then((fresh) => {
              if (fresh === undefined) fail(error);
              else if (!closed) send(repeat({ op: { ...op, context: { ...op.context, [bearerKey]: fresh } }, next }), fail);
            })
            .catch(fail);
        });
        return () => {
          closed = true;
          op.signal?.removeEventListener('abort', abort);
          sent?.unsubscribe();
        };
      });
  };
}

const bearerKey = 'authkeel.bearer';

/** The header of a call that is repeated. */
export function repeatHeaders({ op }: { op: Operation }): Record<string, string> {
  const bearer = op.context[bearerKey];
  return typeof bearer === 'string' ? { Authorization: `Bearer ${bearer}` } : {};
}

function withCause(error: unknown): Error {
  const refused = authErrorOf(error);
  if (!(error instanceof TRPCClientError) || refused === undefined) return error instanceof Error ? error : new Error(String(error));
  if (error.cause === refused) return error;
  const { message, shape, meta } = error;
  const more = meta === undefined ? {} : { meta };
  return new TRPCClientError(message, { result: { error: shape }, cause: refused, ...more });
}

/** A 401 for the whole response had its second try; one in a batch of several did not. */
function unauthorizedInside(error: unknown): boolean {
  return error instanceof TRPCClientError && !(error.cause instanceof AuthError) && dataOf(error)['code'] === 'UNAUTHORIZED';
}
