import { TRPCClientError, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { Auth } from './auth.js';
import { AuthError, SignedOutError } from './errors.js';
import { authErrorOf, dataOf } from './refusals.js';

/**
 * The link that goes before all others: nothing is sent while nobody is signed in, a call that a batch answers with
 * UNAUTHORIZED beside others gets one more try with a fresh token, and refusals get their typed error as `cause`.
 */
export function authLink<R extends AnyTRPCRouter>(auth: Auth, anonymous: boolean): TRPCLink<R> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let sent: { unsubscribe(): void } | undefined;
        let closed = false;
        const fail = (error: unknown): void => observer.error(TRPCClientError.from(withCause(error)));
        const send = (bearer: string | undefined): void => {
          if (closed) return;
          sent = next(op).subscribe({
            next: (value) => observer.next(value),
            complete: () => observer.complete(),
            error: (error) => {
              if (bearer === undefined || closed || !unauthorizedInside(error)) return fail(error);
              const again = (fresh: string): void => (fresh === bearer ? fail(error) : send(undefined));
              auth.refresh(bearer, op.signal ?? undefined).then(again).catch(fail);
            },
          });
        };
        const signedOut = (error: unknown): void => {
          if (anonymous && error instanceof SignedOutError) send(undefined);
          else fail(error);
        };
        auth.token(op.signal ?? undefined).then(send, signedOut);
        return () => {
          closed = true;
          sent?.unsubscribe();
        };
      });
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
