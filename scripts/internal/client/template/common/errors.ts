/** What an {@link AuthError} is about; switch on it. */
export type AuthErrorCode =
  | 'signed_out'
  | 'redirected'
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'unavailable';

/** Every error that this client raises by itself. Errors of `fetch` (the network, an abort) and of `getToken` are passed on as they are. */
export class AuthError extends Error {
  readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Nobody is signed in, or somebody else is by now. No request was sent with a token. */
export class SignedOutError extends AuthError {
  constructor(message = 'nobody is signed in: getToken returned no token') {
    super('signed_out', message);
  }
}

/**
 * The API answered with a redirect that was not followed, because the token must not reach another origin.
 * A browser does not show where a redirect leads, so that there it is raised for every redirect.
 */
export class RedirectError extends AuthError {
  /** Where the redirect leads; undefined in browsers. */
  readonly location: string | undefined;

  constructor(location?: string) {
    super('redirected', `the API redirects${location === undefined ? '' : ` to ${location}`}, where the token is not sent`);
    this.location = location;
  }
}

/** The API refused a request. */
export class RefusedError extends AuthError {
  readonly status: number;
  /** The API's own word, for example `invalid_token` or `insufficient_scope`; empty when it gave none. */
  readonly reason: string;
  /** The answer's body: parsed when it is JSON, text otherwise. */
  readonly body: unknown;
  readonly headers: Headers;

  constructor(code: AuthErrorCode, refusal: Refusal) {
    super(code, `the API answered ${refusal.status}${refusal.reason === '' ? '' : ` (${refusal.reason})`}`);
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.body = refusal.body;
    this.headers = refusal.headers;
  }
}

/** 401: the token was not accepted, and neither was a fresh one. */
export class UnauthorizedError extends RefusedError {
  constructor(refusal: Refusal) {
    super('unauthorized', refusal);
  }
}

/** 403: signed in, but without a right that is needed. Signing in again does not help. */
export class ForbiddenError extends RefusedError {
  /** Scopes that would be enough, where the API names them; a browser shows them only when the API exposes WWW-Authenticate. */
  readonly scope: readonly string[];

  constructor(refusal: Refusal) {
    super('forbidden', refusal);
    this.scope = (challenge(refusal.headers, 'scope') ?? '').split(' ').filter((s) => s !== '');
  }
}

/** 429: too many requests. */
export class RateLimitedError extends RefusedError {
  /** Seconds to wait; undefined when the API did not say, or did not expose Retry-After to the browser. */
  readonly retryAfter: number | undefined;

  constructor(refusal: Refusal) {
    super('rate_limited', refusal);
    this.retryAfter = retryAfter(refusal.headers);
  }
}

/** 503: the API cannot say now who is calling. The request may be repeated later. */
export class UnavailableError extends RefusedError {
  /** Seconds to wait; undefined when the API did not say, or did not expose Retry-After to the browser. */
  readonly retryAfter: number | undefined;

  constructor(refusal: Refusal) {
    super('unavailable', refusal);
    this.retryAfter = retryAfter(refusal.headers);
  }
}

/** What a {@link RefusedError} is made of. */
export interface Refusal {
  status: number;
  reason: string;
  body: unknown;
  headers: Headers;
}

const classes: Record<number, new (refusal: Refusal) => RefusedError> = {
  401: UnauthorizedError,
  403: ForbiddenError,
  429: RateLimitedError,
  503: UnavailableError,
};

/** Passes on every answer but 401, 403, 429 and 503, which it throws as errors. */
export async function raise(response: Response): Promise<Response> {
  const type = classes[response.status];
  if (type === undefined) return response;
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // not JSON: some other server's words
  }
  const { status, headers } = response;
  throw new type({ status, headers, body, reason: member(body, 'error') ?? challenge(headers, 'error') ?? '' });
}

function member(body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A parameter of the Bearer challenge (RFC 6750 section 3). */
function challenge(headers: Headers, parameter: string): string | undefined {
  const value = headers.get('WWW-Authenticate') ?? '';
  return new RegExp(`(?:^|[\\s,])${parameter}="([^"]*)"`, 'i').exec(value)?.[1];
}

/** Retry-After in seconds, from either of its forms (RFC 9110 section 10.2.3). */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
