import { ApolloLink } from '@apollo/client';
import { print } from 'graphql';
import { createClient, type Client } from 'graphql-ws/client';
import { Observable } from 'rxjs';
import type { Auth } from './auth.js';
import { compareCallers } from './caller.js';
import { SignedOutError, UnauthorizedError } from './errors.js';

export interface SubscriptionOptions {
  /** The endpoint below baseUrl. Default: that of queries. */
  path?: string;
  /** The WebSocket to use where there is no global one (Node.js before 22): that of the package `ws`. */
  webSocket?: unknown;
  /** How often to connect again, ever more slowly, before an error is reported. Default 5. */
  retryAttempts?: number;
}

const unauthorized = 4401;
const forbidden = 4403; // what the protocol has for a connection_init that is refused
const normal = 1000; // what some servers have for it, gqlgen among them

/**
 * Subscriptions by WebSocket (protocol graphql-transport-ws). A browser cannot set a header there, so the token goes
 * into connection_init, a good one at every connection. The connection is made at the first subscription, and another
 * one when the signed-in user or the active organization has changed.
 */
export function subscriptionLink(auth: Auth, path: string, anonymous: boolean, options: SubscriptionOptions): ApolloLink {
  let connection: Connection | undefined;
  return new ApolloLink(
    ({ query, variables, operationName = null, extensions }) =>
      new Observable<ApolloLink.Result>((observer) => {
        const payload = { query: print(query), variables, operationName, extensions };
        let used: Connection | undefined;
        let stop: (() => void) | undefined;
        let closed = false;
        const subscribe = (): void => {
          if (closed || used === undefined) return;
          const { client, failure, wasRefusedOnce, giveUp } = used;
          stop = client.subscribe<NonNullable<ApolloLink.Result['data']>>(payload, {
            next: (result) => observer.next(result as ApolloLink.Result),
            complete: () => observer.complete(),
            error: (error) => {
              if (Array.isArray(error)) return observer.next({ data: null, errors: error });
              if (!isClose(error)) return observer.error(error instanceof Error ? error : new Error('the WebSocket failed', { cause: error }));
              const signedOut = failure();
              if (signedOut !== undefined) return observer.error(signedOut);
              if (error.code !== unauthorized) return observer.error(new Error(`the WebSocket was closed: ${error.code} ${error.reason}`, { cause: error }));
              if (wasRefusedOnce()) return subscribe(); // graphql-ws gives up after this one by itself
              giveUp();
              observer.error(refused(error.code, error.reason));
            },
          });
        };
        const start = (token: string | undefined): void => {
          if (connection === undefined || !connection.serves(token)) connection = connect(auth, path, anonymous, options);
          used = connection;
          used.adopt(token);
          subscribe();
        };
        // The token is asked for before a connection is made for nobody.
        tokenOf(auth, anonymous).then(start, (error: unknown) => observer.error(error));
        return () => {
          closed = true;
          stop?.();
        };
      }),
  );
}

async function tokenOf(auth: Auth, anonymous: boolean): Promise<string | undefined> {
  try {
    return await auth.token();
  } catch (error) {
    if (anonymous && error instanceof SignedOutError) return undefined;
    throw error;
  }
}

/** One WebSocket, which is opened again after it was closed, always for the same caller. */
interface Connection {
  readonly client: Client;
  /** Whether a subscription of the token's owner may go over it. */
  readonly serves: (token: string | undefined) => boolean;
  readonly adopt: (token: string | undefined) => void;
  /** Why it was not opened again, when another caller has signed in. */
  readonly failure: () => SignedOutError | undefined;
  readonly wasRefusedOnce: () => boolean;
  readonly giveUp: () => void;
}

function connect(auth: Auth, path: string, anonymous: boolean, options: SubscriptionOptions): Connection {
  let owner: { token: string | undefined } | undefined;
  let sent: string | undefined;
  let acknowledged = false;
  let refusals = 0; // of connections, one after the other
  let failure: SignedOutError | undefined;

  async function token(): Promise<string | undefined> {
    return refusals > 0 && sent !== undefined ? auth.refresh(sent) : tokenOf(auth, anonymous);
  }

  function serves(candidate: string | undefined): boolean {
    if (failure !== undefined) return false;
    if (owner?.token === undefined || candidate === undefined) return owner === undefined || owner.token === candidate;
    return compareCallers(owner.token, candidate) !== 'other';
  }

  async function connectionParams(): Promise<Record<string, unknown> | undefined> {
    const last = sent;
    const wasRefused = refusals > 0;
    if (refusals < 2) {
      const next = await token().catch((error: unknown) => {
        if (error instanceof SignedOutError) failure = error;
        throw error;
      });
      if (!serves(next)) throw (failure = new SignedOutError('another user has signed in, or another organization is active, since the subscription was made'));
      sent = next;
    }
    if (refusals > 1 || (wasRefused && sent === last)) {
      refusals = 0;
      throw refused(forbidden, 'the connection was refused');
    }
    return sent === undefined ? undefined : { authorization: `Bearer ${sent}` };
  }

  const client = createClient({
    url: auth.baseUrl.replace(/^http/, 'ws') + path,
    connectionParams,
    retryAttempts: options.retryAttempts ?? 5,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, refusals > 0 ? 0 : backoff(retries))),
    shouldRetry: isClose,
    on: {
      connected: () => {
        acknowledged = true;
        refusals = 0;
      },
      closed: (event) => {
        const code = isClose(event) ? event.code : 0;
        if (code === unauthorized || code === forbidden || (code === normal && !acknowledged)) refusals++;
        acknowledged = false;
      },
    },
    ...(options.webSocket === undefined ? {} : { webSocketImpl: options.webSocket }),
  });
  return {
    client,
    serves,
    adopt: (candidate) => void (owner ??= { token: candidate }),
    failure: () => failure,
    wasRefusedOnce: () => refusals === 1,
    giveUp: () => void (refusals = 0),
  };
}

function backoff(retries: number): number {
  return Math.min(1000 * 2 ** retries, 30_000) * (0.5 + Math.random() / 2);
}

interface Close {
  code: number;
  reason: string;
}

function isClose(event: unknown): event is Close {
  return typeof event === 'object' && event !== null && 'code' in event && typeof event.code === 'number' && 'reason' in event;
}

function refused(status: number, reason: string): UnauthorizedError {
  return new UnauthorizedError({ status, reason, body: undefined, headers: new Headers() });
}
