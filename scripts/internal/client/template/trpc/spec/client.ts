import { createTRPCClient, type TRPCClient, type TRPCLink } from '@trpc/client';
import { accessTable } from './access.js';
import { createAuth, type Auth, type AuthOptions } from './auth.js';
import { operations } from './operations.js';
import { restLink } from './rest.js';
import type { AppRouter } from './router.js';

/** The API's operations as procedures: `await client.listNotes.query()`. */
export type ApiClient = TRPCClient<AppRouter>;

export type ApiClientOptions = Omit<AuthOptions, 'accessOf'>;

/** The auth of createClient, which knows the operations that take no token. */
export function createApiAuth(options: ApiClientOptions): Auth {
  return createAuth({ ...options, accessOf: accessTable(operations) });
}

/** The links of createClient, for a client that is made elsewhere; `auth` is createApiAuth's. */
export function createLinks(auth: Auth): TRPCLink<AppRouter>[] {
  return [restLink(auth)];
}

/**
 * Makes a client for the API. Its calls reject with tRPC's TRPCClientError. Where the API refuses, and when nobody is
 * signed in, its `cause` is an AuthError, which authErrorOf gives.
 */
export function createClient(options: ApiClientOptions): ApiClient {
  return createTRPCClient<AppRouter>({ links: createLinks(createApiAuth(options)) });
}
