import { TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { AuthError, ForbiddenError, RateLimitedError, UnauthorizedError, UnavailableError } from './errors.js';
import type { Refusal, RefusedError } from './errors.js';

const classes: Record<string, new (refusal: Refusal) => RefusedError> = {
  UNAUTHORIZED: UnauthorizedError,
  FORBIDDEN: ForbiddenError,
  TOO_MANY_REQUESTS: RateLimitedError,
  SERVICE_UNAVAILABLE: UnavailableError,
};

/** The typed error behind what a call rejected with; undefined when it is about something else. */
export function authErrorOf(error: unknown): AuthError | undefined {
  if (error instanceof AuthError) return error;
  if (!(error instanceof TRPCClientError)) return undefined;
  if (error.cause instanceof AuthError) return error.cause;
  const data = dataOf(error);
  const type = typeof data['code'] === 'string' && Object.hasOwn(classes, data['code']) ? classes[data['code']] : undefined;
  if (type === undefined) return undefined;
  // In a batch no header says which call it belongs to: authkeel's handler puts these beside the code.
  const { scope, retryAfter, httpStatus } = data;
  const headers = new Headers();
  if (typeof scope === 'string' && /^[\x20-\x7e]*$/.test(scope)) headers.set('WWW-Authenticate', `Bearer scope="${scope.replaceAll('"', '')}"`);
  if (typeof retryAfter === 'number') headers.set('Retry-After', String(Math.ceil(retryAfter)));
  const status = typeof httpStatus === 'number' ? httpStatus : 200;
  return new type({ status, reason: String(data['code']), body: error.shape, headers });
}

/** The members that the API put beside the error. */
export function dataOf(error: TRPCClientError<AnyTRPCRouter>): Record<string, unknown> {
  const data: unknown = error.data;
  return typeof data === 'object' && data !== null ? { ...data } : {};
}
