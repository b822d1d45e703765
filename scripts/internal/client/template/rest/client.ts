import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch';
import { accessTable } from './access.js';
import { createAuth, type Auth, type AuthOptions } from './auth.js';
import { callAsDocumented, type Init, type Result } from './openapi.js';
import { operations } from './operations.js';
import type { paths } from './schema.js';

/** The API's operations by method and path: `await client.GET('/notes/{id}', { params: { path: { id } } })`. */
export type ApiClient = Client<paths> & { readonly auth: Auth };

/** Settings of openapi-fetch may stand beside those of the authentication. */
export type ApiClientOptions = Omit<AuthOptions, 'accessOf'> & Omit<ClientOptions, 'baseUrl' | 'fetch' | 'Request'>;

/**
 * Makes a client for the API. Its calls reject with an AuthError when nobody is signed in and on 401, 403, 429 and
 * 503; any other answer of the API is `{ data }` or `{ error }`, as openapi-fetch has it. Bodies and parameters are
 * written as the API's document says, and answers are read by their Content-Type.
 */
export function createClient(options: ApiClientOptions): ApiClient {
  const { baseUrl, getToken, refreshBefore, allowHttp, fetch, now, ...rest } = options;
  const auth = createAuth({ ...options, accessOf: accessTable(operations) });
  const client = createFetchClient<paths>({ ...rest, baseUrl: auth.baseUrl, fetch: auth.fetch, Request: auth.Request });
  const request = client.request as unknown as (method: string, path: string, init: Init) => Promise<Result>;
  const calls = client as unknown as Record<string, Call>;
  for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE']) {
    const send = calls[method];
    if (send !== undefined) calls[method] = (path, init) => callAsDocumented((wire) => send(path, wire), method, path, init, rest as Init);
  }
  calls['request'] = (method: string, path: string, init?: Init) => callAsDocumented((wire) => request(method, path, wire), method, path, init, rest as Init);
  return Object.assign(client, { auth });
}

type Call = (path: string, init?: any, more?: any) => Promise<Result>;
