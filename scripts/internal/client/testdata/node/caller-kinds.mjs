// Whether a kind repeats a call that changes something with a token that may be another user's.
import assert from 'node:assert/strict';
import { gql } from '@apollo/client';
import { createClient } from './client.js';

const unauthenticated = { graphql: { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }], data: null } };
const trpcError = { error: { message: 'no', code: -32001, data: { code: 'UNAUTHORIZED', httpStatus: 401 } } };
const kind = process.argv[2];

async function tokensOf(call, answer) {
  const tokens = [];
  const client = createClient({
    baseUrl: 'https://api.example.com',
    getToken: ({ skipCache }) => (skipCache ? 'opaque-of-bob' : 'opaque-of-ann'),
    fetch: async (request) => {
      tokens.push(request.headers.get('Authorization').replace('Bearer opaque-of-', ''));
      return answer(request);
    },
  });
  await assert.rejects(() => call(client));
  return tokens.join(' ');
}

const refuse = async () => Response.json({ error: 'invalid_token' }, { status: 401 });
const inside = (body) => async () => Response.json(body, { status: 207 });
const ok = (body) => async () => Response.json(body);
const mutation = gql`mutation { move }`;
const query = gql`query { balance }`;

switch (kind) {
  case 'rest':
    assert.equal(await tokensOf((c) => c.PUT('/notes/{id}', { params: { path: { id: '1' } }, body: { text: 'x' } }), refuse), 'ann');
    break;
  case 'axios':
    assert.equal(await tokensOf((c) => c.put('/notes/{id}', { params: { path: { id: '1' } }, body: { text: 'x' } }), refuse), 'ann');
    break;
  case 'trpc/spec':
    assert.equal(await tokensOf((c) => c.updateNote.mutate({ path: { id: '1' }, body: { text: 'x' } }), refuse), 'ann');
    break;
  case 'trpc/router':
    assert.equal(await tokensOf((c) => c.move.mutate({}), refuse), 'ann');
    // Two calls in one batch, both refused inside of a 207.
    assert.equal(await tokensOf((c) => Promise.all([c.move.mutate({}), c.move.mutate({})]), inside([trpcError, trpcError])), 'ann');
    assert.equal(await tokensOf((c) => c.balance.query({}), inside([trpcError])), 'ann bob');
    break;
  case 'graphql':
    assert.equal(await tokensOf((c) => c.mutate({ mutation }), refuse), 'ann');
    assert.equal(await tokensOf((c) => c.mutate({ mutation }), ok(unauthenticated.graphql)), 'ann');
    assert.equal(await tokensOf((c) => c.query({ query }), refuse), 'ann bob');
    assert.equal(await tokensOf((c) => c.query({ query }), ok(unauthenticated.graphql)), 'ann bob');
    break;
  default:
    assert.fail(`no such kind: ${kind}`);
}
