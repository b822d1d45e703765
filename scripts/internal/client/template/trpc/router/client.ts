import { createTRPCClient, httpBatchLink, httpLink, type HTTPBatchLinkOptions, type HTTPLinkOptions, type TRPCClient, type TRPCLink } from '@trpc/client';
import { createAuth, type Auth, type AuthOptions } from './auth.js';
import { authLink, repeatHeaders } from './links.js';
import type { AppRouter } from './router.js';

/** The API's procedures: `await client.notes.list.query()`. */
export type ApiClient = TRPCClient<AppRouter>;

type Root = AppRouter['_def']['_config']['$types'];
type Batch = Pick<HTTPBatchLinkOptions<Root>, 'maxItems' | 'maxURLLength'>;

/** A router with a transformer wants the same one here; one without wants none. */
export type LinkOptions = Pick<HTTPLinkOptions<Root>, 'transformer'> & {
  /** Where the procedures are below baseUrl. Default: /trpc. */
  path?: string;
  /** The sizes of a batch, by default 20 calls and an address of 4000 characters; false sends each call by itself. */
  batch?: false | Batch;
};

export type ApiClientOptions = Omit<AuthOptions, 'accessOf'> &
  LinkOptions & {
    /** Sends calls without a token while nobody is signed in. By default they reject with SignedOutError. */
    anonymous?: boolean;
  };

/** The links of createClient, for a client that is made elsewhere; `auth` is createAuth's. */
export function createLinks(auth: Auth, options: LinkOptions): TRPCLink<AppRouter>[] {
  const { path = '/trpc', batch, transformer } = options;
  const settings = { url: auth.baseUrl + path, fetch: auth.fetch, transformer };
  const sizes: Batch = { maxItems: 20, maxURLLength: 4000, ...batch };
  // Whether there is a transformer is the router's business, and is checked above.
  const single = httpLink<AppRouter>({ ...settings, headers: repeatHeaders } as unknown as HTTPLinkOptions<Root>);
  const send = batch === false ? single : httpBatchLink<AppRouter>({ ...settings, ...sizes } as unknown as HTTPBatchLinkOptions<Root>);
  return [authLink(auth, single), send];
}

/**
 * Makes a client for the API. Its calls reject with tRPC's TRPCClientError. Where the API refuses, and when nobody is
 * signed in, its `cause` is an AuthError, which authErrorOf gives.
 */
export function createClient(options: ApiClientOptions): ApiClient {
  const auth = createAuth({ ...options, accessOf: () => (options.anonymous === true ? 'optional' : 'required') });
  return createTRPCClient<AppRouter>({ links: createLinks(auth, options) });
}
