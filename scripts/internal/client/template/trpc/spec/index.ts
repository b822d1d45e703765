export * from './auth.js';
export * from './client.js';
export * from './errors.js';
export { procedures } from './procedures.js';
export { authErrorOf } from './refusals.js';
export type { AppRouter } from './router.js';
export type * from './schema.js';
