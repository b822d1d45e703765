import { ApolloLink, CombinedGraphQLErrors } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { from, switchMap, throwError } from 'rxjs';
import type { Auth } from './auth.js';
import { AuthError, ForbiddenError, RateLimitedError, SignedOutError, UnauthorizedError, UnavailableError } from './errors.js';
import type { Refusal, RefusedError } from './errors.js';

declare module '@apollo/client' {
  export namespace ApolloLink {
    interface OperationContext {
      /** The token that the operation was sent with; undefined when nobody is signed in. */
      bearer?: string | undefined;
    }
  }
}

/**
 * Three links for what HTTP cannot say. Outermost, errors of a result become typed ones; then a result that is
 * UNAUTHENTICATED gets one more try with a fresh token; innermost, nothing is sent while nobody is signed in.
 */
export function authLinks(auth: Auth, anonymous: boolean): ApolloLink {
  const typed = new ErrorLink(({ error }) => {
    const refused = authErrorOf(error);
    // What came beside the error is not thrown away.
    return refused === undefined || hasData(error) ? undefined : throwError(() => refused);
  });
  const again = new ErrorLink(({ error, operation, forward }) => {
    const { bearer } = operation.getContext();
    if (bearer === undefined || !isUnauthenticated(error)) return undefined;
    const refreshed = from(auth.refresh(bearer));
    return refreshed.pipe(switchMap((fresh) => (fresh === bearer ? throwError(() => error) : forward(operation))));
  });
  const attach = new SetContextLink(async (previous) => {
    try {
      return { bearer: await auth.token(signalOf(previous)) };
    } catch (error) {
      if (anonymous && error instanceof SignedOutError) return { bearer: undefined };
      throw error;
    }
  });
  return ApolloLink.from([typed, again, attach]);
}

// Codes of GraphQL servers, first of them Apollo Server's, for what the statuses say in HTTP.
const classes: Record<string, new (refusal: Refusal) => RefusedError> = {
  UNAUTHENTICATED: UnauthorizedError,
  FORBIDDEN: ForbiddenError,
  RATE_LIMITED: RateLimitedError,
  TEMPORARILY_UNAVAILABLE: UnavailableError,
};

/** The typed error in what a call rejected with, or what its result has as `error`: for results with a part of the data. */
export function authErrorOf(error: unknown): AuthError | undefined {
  if (error instanceof AuthError) return error;
  if (!CombinedGraphQLErrors.is(error)) return undefined;
  for (const { extensions = {} } of error.errors) {
    const { code, scope, retryAfter } = extensions;
    const type = typeof code === 'string' ? classes[code] : undefined;
    if (typeof code !== 'string' || type === undefined) continue;
    const headers = new Headers();
    if (typeof scope === 'string' && /^[\x20-\x7e]*$/.test(scope)) headers.set('WWW-Authenticate', `Bearer scope="${scope.replaceAll('"', '')}"`);
    if (typeof retryAfter === 'number') headers.set('Retry-After', String(Math.ceil(retryAfter)));
    return new type({ status: 200, reason: code, body: { errors: error.errors }, headers });
  }
  return undefined;
}

function isUnauthenticated(error: unknown): boolean {
  return CombinedGraphQLErrors.is(error) && error.errors.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED');
}

function hasData(error: unknown): boolean {
  return CombinedGraphQLErrors.is(error) && Object.values(error.data ?? {}).some((value) => value !== null && value !== undefined);
}

function signalOf(context: Readonly<ApolloLink.OperationContext>): AbortSignal | undefined {
  const options: unknown = context['fetchOptions'];
  const signal: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'signal') : undefined;
  return signal instanceof AbortSignal ? signal : undefined;
}
