/** What a JWT says, read without verification: enough to choose between tokens. Empty for every other token. */
export interface Claims {
  readonly [name: string]: unknown;
}

export function claimsOf(token: string): Claims {
  try {
    const base64 = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))));
    return typeof value === 'object' && value !== null ? (value as Claims) : {};
  } catch {
    return {};
  }
}

/**
 * Whether two tokens were issued to the same caller: the same subject of the same issuer, with the same actor and the
 * same active organization. The answer is `unknown` when they do not say so, as opaque tokens do not.
 */
export function compareCallers(before: string, after: string): 'same' | 'other' | 'unknown' {
  const [a, b] = [claimsOf(before), claimsOf(after)];
  if (['iss', 'sub', 'act', ...organizationClaims].some((name) => !equal(own(a, name), own(b, name)))) return 'other';
  if (!equal(own(own(a, 'o'), 'id'), own(own(b, 'o'), 'id'))) return 'other';
  return namesCaller(before) ? 'same' : 'unknown';
}

/** Whether a token says whose it is: it is a JWT with the claims `iss` and `sub`. */
export function namesCaller(token: string): boolean {
  const claims = claimsOf(token);
  return [own(claims, 'iss'), own(claims, 'sub')].every((value) => typeof value === 'string' && value !== '');
}

// The active organization, beside Clerk's `o.id`: the names that issuers use for it.
const organizationClaims = ['org_id', 'org_code', 'organization_id', 'organization', 'tenant', 'tid'];

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** Equality of JSON values; the order of members does not matter. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equal(own(a, name), own(b, name)));
}
