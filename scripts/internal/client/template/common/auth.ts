import { claimsOf, compareCallers, namesCaller } from './caller.js';
import { RedirectError, SignedOutError, raise } from './errors.js';

/**
 * Gives the token of the user who is signed in, or null. It is asked before every request, so it has to remember the
 * token; with `skipCache` it has to get a new one. Clerk's `getToken` does both.
 */
export type GetToken = (options: { skipCache: boolean }) => MaybePromise<string | null | undefined>;

type MaybePromise<T> = T | Promise<T>;

/** Whether an operation of the API takes a token: always, when somebody is signed in, or never. */
export type Access = 'required' | 'optional' | 'none';

export interface AuthOptions {
  /** Where the API is. The token goes to the origin of this address and nowhere else. */
  baseUrl: string | URL;
  getToken: GetToken;
  /** What an operation takes; `path` begins after baseUrl. Default: every operation requires a token. */
  accessOf?: (method: string, path: string) => Access;
  /** A token that has no more than this many seconds left is replaced before it is sent. Default 10; 0 waits for the 401. */
  refreshBefore?: number;
  /** Permits plain http beyond localhost. Everyone on the network path can then read the token. */
  allowHttp?: boolean;
  /** What sends the requests. Default: the global fetch. */
  fetch?: typeof globalThis.fetch;
  /** The clock, in milliseconds. Default: Date.now. */
  now?: () => number;
}

export interface Auth {
  /** baseUrl, absolute and without a slash at its end. */
  readonly baseUrl: string;
  /**
   * The global fetch, with the token on requests to the API. 401 (after a fresh token and one more try), 403, 429 and
   * 503 reject with a typed error, see errors.ts. A request is sent once when it has an Authorization header of its own
   * (which it keeps), when its body is a stream, and when its method is unsafe and the token does not say whose it is.
   */
  readonly fetch: typeof globalThis.fetch;
  /** fetch for a request that changes nothing, whatever its method: GraphQL sends its queries with POST. */
  readonly fetchQuery: typeof globalThis.fetch;
  /** The global Request, which remembers whether its body is a stream. For libraries that build requests themselves. */
  readonly Request: typeof globalThis.Request;
  /** A token with some life left, for uses beyond fetch such as WebSockets. Rejects with SignedOutError. */
  readonly token: (signal?: AbortSignal) => Promise<string>;
  /**
   * A token to use instead of one that was refused. However many ask at once, getToken is called once. Rejects with
   * SignedOutError when the new token is for another user, issuer, actor or organization.
   */
  readonly refresh: (refused: string, signal?: AbortSignal) => Promise<string>;
  /**
   * A token with which a call may be sent a second time, after `refused` was not accepted; undefined when the first
   * answer stands. A call that changes something (`safe` is false) is repeated only when both tokens name the same caller.
   */
  readonly tokenForRepeat: (refused: string, safe: boolean, signal?: AbortSignal) => Promise<string | undefined>;
  /** The token that an answer of `fetch` was got with; undefined when none was sent. */
  readonly bearerOf: (response: Response) => string | undefined;
}

/** Makes the fetch that all of this client goes through. Throws when baseUrl cannot be trusted with a token. */
export function createAuth(options: AuthOptions): Auth {
  const base = apiAddress(options);
  const { getToken, accessOf = () => 'required', refreshBefore = 10, now = Date.now } = options;
  const bearers = new WeakMap<Response, string>();
  const send: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);

  let pending: Promise<string | null | undefined> | undefined;
  const replacement = new Map<string, string>(); // of the last refresh alone
  let refused: string | undefined;
  let clockIsWrong = false;

  function expiresSoon(token: string): boolean {
    const { exp, iat } = claimsOf(token);
    if (typeof exp !== 'number' || refreshBefore <= 0) return false;
    const margin = typeof iat === 'number' ? Math.min(refreshBefore, (exp - iat) / 2) : refreshBefore;
    return exp - now() / 1000 <= margin;
  }

  async function refresh(stale: string, signal?: AbortSignal): Promise<string> {
    const known = replacement.get(stale);
    if (known !== undefined && known !== stale) return known;
    const joined = pending !== undefined;
    if (pending === undefined) {
      replacement.clear();
      pending = Promise.resolve(getToken({ skipCache: true }));
      const done = (): void => void (pending = undefined);
      pending.then(done, done);
    }
    const fresh = await abortable(pending, signal);
    if (!fresh) throw new SignedOutError();
    if (compareCallers(stale, fresh) === 'other') {
      if (joined) return refresh(stale, signal); // that refresh was started for another caller
      throw new SignedOutError('another user has signed in, or another organization is active, since the call was made');
    }
    replacement.set(stale, fresh);
    // A token that is new and yet about to expire: the clock here is wrong, so it is left to the API's.
    if (fresh !== stale && expiresSoon(fresh)) clockIsWrong = true;
    return fresh;
  }

  async function tokenForRepeat(stale: string, safe: boolean, signal?: AbortSignal): Promise<string | undefined> {
    refused = stale;
    if (!safe && !namesCaller(stale)) return undefined; // the next call gets the new token
    const fresh = await refresh(stale, signal);
    return fresh === stale ? undefined : fresh;
  }

  async function token(signal?: AbortSignal): Promise<string> {
    const current = await abortable(Promise.resolve(getToken({ skipCache: false })), signal);
    if (!current) throw new SignedOutError();
    return current === refused || (!clockIsWrong && expiresSoon(current)) ? refresh(current, signal) : current;
  }

  /** Sends a copy of the request, and follows redirects within the API's origin. */
  async function sendAs(authorization: string, request: Request): Promise<Response> {
    for (let hops = 0; ; hops++) {
      const redirect = request.redirect === 'error' ? 'error' : 'manual';
      const copy = new Request(streamed.has(request) ? request : request.clone(), { redirect });
      copy.headers.set('Authorization', authorization);
      const response = await send(copy);
      if (request.redirect !== 'follow') return response;
      if (response.type === 'opaqueredirect') throw new RedirectError();
      const location = isRedirect(response.status) ? response.headers.get('Location') : null;
      if (location === null) return response;
      const target = new URL(location, request.url);
      if (target.origin !== base.origin || hops === 5 || streamed.has(request)) throw new RedirectError(target.href);
      await response.body?.cancel();
      request = await redirected(request, response.status, target);
    }
  }

  async function sendWithToken(request: Request, bearer: string): Promise<Response> {
    const response = await sendAs(`Bearer ${bearer}`, request);
    bearers.set(response, bearer);
    return response;
  }

  async function authFetch(input: RequestInfo | URL, init: RequestInit | undefined, query: boolean): Promise<Response> {
    const request = prepare(input instanceof Request ? input : new URL(input, `${base.href}/`), init);
    const url = new URL(request.url);
    if (url.origin !== base.origin) return send(request);
    const own = request.headers.get('Authorization');
    if (own !== null) return raise(await sendAs(own, request));
    const access = accessOf(request.method, pathBelow(base.href, url));
    const bearer = access === 'none' ? undefined : await token(request.signal).catch(signedOutIf(access === 'optional'));
    if (bearer === undefined) return raise(await send(request));
    const response = await sendWithToken(request, bearer);
    if (response.status !== 401) return raise(response);
    refused = bearer;
    if (streamed.has(request)) return raise(response);
    const fresh = await tokenForRepeat(bearer, query || safeMethods.includes(request.method), request.signal);
    if (fresh === undefined) return raise(response);
    await response.body?.cancel();
    return raise(await sendWithToken(request, fresh));
  }

  const bearerOf = (response: Response): string | undefined => bearers.get(response);
  return {
    baseUrl: base.href,
    fetch: (input, init) => authFetch(input, init, false),
    fetchQuery: (input, init) => authFetch(input, init, true),
    Request: ApiRequest,
    token,
    refresh,
    tokenForRepeat,
    bearerOf,
  };
}

/** RFC 9110 section 9.2.1. */
const safeMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/** Requests whose body is gone once it was sent. */
const streamed = new WeakSet<Request>();

class ApiRequest extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    const once = init?.body !== undefined && isStream(init.body);
    super(input, once ? ({ duplex: 'half', ...init } as RequestInit) : init);
    const inherited = input instanceof Request && streamed.has(input) && init?.body === undefined;
    if (once || inherited) streamed.add(this);
  }

  // Libraries ask it of requests that their users' middleware made.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof globalThis.Request;
  }
}

function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return false;
  return ![ArrayBuffer, Blob, FormData, URLSearchParams].some((type) => body instanceof type);
}

function prepare(input: Request | URL, init: RequestInit | undefined): Request {
  return input instanceof Request && init === undefined ? input : new ApiRequest(input, init);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** The request after a redirect (Fetch standard, HTTP-redirect fetch). */
async function redirected(request: Request, status: number, target: URL): Promise<Request> {
  const { method, signal, redirect, credentials, cache } = request;
  const headers = new Headers(request.headers);
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  if (becomesGet || method === 'GET' || method === 'HEAD') {
    for (const name of ['Content-Type', 'Content-Length', 'Content-Encoding', 'Content-Language']) headers.delete(name);
    return new Request(target, { method: becomesGet ? 'GET' : method, headers, signal, redirect, credentials, cache });
  }
  const body = await request.clone().arrayBuffer();
  return new Request(target, { method, headers, signal, redirect, credentials, cache, body });
}

/** Ends the wait of one caller; the work goes on for the others. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function signedOutIf(allowed: boolean): (error: unknown) => undefined {
  return (error) => {
    if (allowed && error instanceof SignedOutError) return undefined;
    throw error;
  };
}

function apiAddress({ baseUrl, allowHttp = false }: AuthOptions): { origin: string; href: string } {
  const url = new URL(baseUrl, typeof location === 'undefined' ? undefined : location.href);
  const local = /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (local || allowHttp))) {
    throw new TypeError(`baseUrl ${url.href}: tokens are sent over https only (see allowHttp)`);
  }
  return { origin: url.origin, href: url.origin + url.pathname.replace(/\/+$/, '') };
}

function pathBelow(base: string, { origin, pathname }: URL): string {
  const url = origin + pathname;
  return url.startsWith(`${base}/`) ? url.slice(base.length) : pathname;
}
