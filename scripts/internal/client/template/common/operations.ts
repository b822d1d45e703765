import type { Operation } from './access.js';

/** The operations that take no token, or take one only when somebody is signed in, as the API's document has them. */
export const operations: readonly Operation[] = [
  ['GET', '/status', 'none'],
];
