import { ApolloLink } from '@apollo/client';
import { print } from 'graphql';
import { createClient, type Client } from 'graphql-ws/client';
import { Observable } from 'rxjs';
import type { Auth } from './auth.js';
import { SignedOutError, UnauthorizedError } from './errors.js';
import { socketRefusals } from './links.js';

export interface SubscriptionOptions {
  /** The endpoint below baseUrl. Default: that of queries. */
  path?: string;
  /** The WebSocket to use where there is no global one (Node.js before 22): that of the package `ws`. */
  webSocket?: unknown;
  /** How often to connect again before an error is reported. Default 5. */
  retryAttempts?: number;
}

/**
 * Subscriptions by WebSocket (protocol graphql-transport-ws). A browser cannot set a header there, so the token goes
 * into connection_init, a fresh one at every connection. The connection is made at the first subscription.
 */
export function subscriptionLink(auth: Auth, path: string, anonymous: boolean, options: SubscriptionOptions): ApolloLink {
  let client: Client | undefined;
  let sent: string | undefined;
  const connect = (): Client =>
    createClient({
      url: auth.baseUrl.replace(/^http/, 'ws') + path,
      retryAttempts: options.retryAttempts ?? 5,
      shouldRetry: (event) => isClose(event) && !socketRefusals.includes(event.code),
      connectionParams: async () => {
        try {
          sent = await auth.token();
        } catch (error) {
          if (!anonymous || !(error instanceof SignedOutError)) throw error;
          sent = undefined;
        }
        return sent === undefined ? undefined : { authorization: `Bearer ${sent}` };
      },
      ...(options.webSocket === undefined ? {} : { webSocketImpl: options.webSocket }),
    });
  return new ApolloLink(
    (operation) =>
      new Observable<ApolloLink.Result>((observer) => {
        client ??= connect();
        const { variables, operationName, extensions } = operation;
        return client.subscribe<ApolloLink.Result['data'] & object>(
          { query: print(operation.query), variables, operationName: operationName ?? null, extensions },
          {
            next: (result) => observer.next(result as ApolloLink.Result),
            complete: () => observer.complete(),
            error: (error) => {
              // The connection may be younger than the operation, and so may its token.
              if (isClose(error)) operation.setContext({ bearer: sent });
              if (Array.isArray(error)) observer.next({ data: null, errors: error });
              else observer.error(socketError(error));
            },
          },
        );
      }),
  );
}

interface Close {
  code: number;
  reason: string;
}

function isClose(event: unknown): event is Close {
  return typeof event === 'object' && event !== null && 'code' in event && typeof event.code === 'number' && 'reason' in event;
}

function socketError(error: unknown): Error {
  if (error instanceof Error) return error;
  if (!isClose(error)) return new Error('the WebSocket failed', { cause: error });
  const { code: status, reason } = error;
  if (!socketRefusals.includes(status)) return new Error(`the WebSocket was closed with ${status} ${reason}`.trim(), { cause: error });
  return new UnauthorizedError({ status, reason, body: undefined, headers: new Headers() });
}
