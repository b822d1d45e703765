export * from './auth.js';
export * from './client.js';
export * from './errors.js';
export * from './gql/index.js';
export { authErrorOf } from './links.js';
