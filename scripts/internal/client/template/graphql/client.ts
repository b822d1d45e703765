import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { OperationTypeNode } from 'graphql';
import { createAuth, type Auth, type AuthOptions } from './auth.js';
import { authLinks } from './links.js';
import { subscriptionLink, type SubscriptionOptions } from './subscriptions.js';

/** Apollo's client; `await client.query({ query: ListNotesDocument })`. */
export type ApiClient = ApolloClient & { readonly auth: Auth };

export interface ApiClientOptions extends Omit<AuthOptions, 'accessOf'> {
  /** The endpoint below baseUrl. Default: /graphql. */
  path?: string;
  /** Sends operations without a token while nobody is signed in. By default they reject with SignedOutError. */
  anonymous?: boolean;
  subscriptions?: SubscriptionOptions;
  /** Settings of Apollo's client, its cache among them. A link there goes before ours. */
  apollo?: Partial<ApolloClient.Options>;
}

/**
 * Makes a client for the API. Its calls reject with an AuthError when nobody is signed in, on 401, 403, 429 and 503,
 * and where a result without data says UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED or TEMPORARILY_UNAVAILABLE.
 */
export function createClient(options: ApiClientOptions): ApiClient {
  const { path = '/graphql', anonymous = false, subscriptions = {}, apollo = {} } = options;
  const auth = createAuth({ ...options, accessOf: () => (anonymous ? 'optional' : 'required') });
  const uri = auth.baseUrl + path;
  const http = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.QUERY,
    new HttpLink({ uri, fetch: auth.fetchQuery }),
    new HttpLink({ uri, fetch: auth.fetch }),
  );
  const socket = subscriptionLink(auth, subscriptions.path ?? path, anonymous, subscriptions);
  const send = ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http);
  const links = [authLinks(auth), send];
  const link = ApolloLink.from(apollo.link === undefined ? links : [apollo.link, ...links]);
  const client = new ApolloClient({ cache: new InMemoryCache(), ...apollo, link });
  return Object.assign(client, { auth });
}
