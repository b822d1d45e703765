// By name, so that a type of the schema with the same name is no conflict.
export { createAuth, type Access, type Auth, type AuthOptions, type GetToken } from './auth.js';
export { createClient, type ApiClient, type ApiClientOptions } from './client.js';
export {
  AuthError,
  ForbiddenError,
  RateLimitedError,
  RedirectError,
  RefusedError,
  SignedOutError,
  UnauthorizedError,
  UnavailableError,
  type AuthErrorCode,
} from './errors.js';
export * from './gql/graphql.js';
export { authErrorOf } from './links.js';
export { type SubscriptionOptions } from './subscriptions.js';
