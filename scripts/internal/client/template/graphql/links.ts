import { ApolloLink, CombinedGraphQLErrors } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { OperationTypeNode } from 'graphql';
import { from, switchMap, throwError } from 'rxjs';
import type { Auth } from './auth.js';
import { AuthError, ForbiddenError, RateLimitedError, UnauthorizedError, UnavailableError } from './errors.js';
import type { Refusal, RefusedError } from './errors.js';

/**
 * Two links for what HTTP cannot say, which auth.fetch therefore does not see. The outer one makes typed errors of the
 * errors of a result; the inner one gives a result that is UNAUTHENTICATED one more try with a fresh token.
 */
export function authLinks(auth: Auth): ApolloLink {
  const typed = new ErrorLink(({ error }) => {
    const refused = authErrorOf(error);
    // What came beside the error is not thrown away.
    return refused === undefined || hasData(error) ? undefined : throwError(() => refused);
  });
  const again = new ErrorLink(({ error, operation, forward }) => {
    const context = operation.getContext();
    const response: unknown = context['response'];
    const bearer = response instanceof Response ? auth.bearerOf(response) : undefined;
    if (bearer === undefined || !isUnauthenticated(error)) return undefined;
    return from(auth.tokenForRepeat(bearer, operation.operationType === OperationTypeNode.QUERY)).pipe(
      switchMap((fresh) => {
        if (fresh === undefined) return throwError(() => error);
        operation.setContext({ headers: { ...(context['headers'] as object | undefined), Authorization: `Bearer ${fresh}` } });
        return forward(operation);
      }),
    );
  });
  return ApolloLink.from([typed, again]);
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
    const type = typeof code === 'string' && Object.hasOwn(classes, code) ? classes[code] : undefined;
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
