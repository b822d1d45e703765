// Error codes that are names of Object.prototype are no codes that the client knows.
import assert from 'node:assert/strict';
import { CombinedGraphQLErrors } from '@apollo/client';
import { TRPCClientError } from '@trpc/client';

const kind = process.argv[2];
const { authErrorOf } = await import(kind === 'graphql' ? './links.js' : './refusals.js');
const made = (code) =>
  kind === 'graphql'
    ? new CombinedGraphQLErrors({ errors: [{ message: 'no', extensions: { code } }] })
    : new TRPCClientError('no', { result: { error: { message: 'no', code: -32001, data: { code } } } });

for (const code of ['constructor', 'toString', '__proto__', 'valueOf', 'hasOwnProperty']) assert.equal(authErrorOf(made(code)), undefined, code);
assert.equal(authErrorOf(made('FORBIDDEN')).code, 'forbidden');
