// Who a call may be repeated as, for all that goes through auth.fetch.
import assert from 'node:assert/strict';
import { createAuth } from './auth.js';
import { SignedOutError, UnauthorizedError } from './errors.js';

const jwt = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const ann = { iss: 'https://issuer.example', sub: 'ann', jti: '1' };
const other = (claims) => jwt({ ...ann, jti: '2', ...claims });

const repeated = 'repeated';
const cases = [
  ['the same user', jwt(ann), other({}), repeated, repeated],
  ['another user', jwt(ann), other({ sub: 'bob' }), SignedOutError, SignedOutError],
  ['another issuer', jwt(ann), other({ iss: 'https://other.example' }), SignedOutError, SignedOutError],
  ['an actor more', jwt(ann), other({ act: { sub: 'support' } }), SignedOutError, SignedOutError],
  ['another actor', jwt({ ...ann, act: { sub: 'a' } }), other({ act: { sub: 'b' } }), SignedOutError, SignedOutError],
  ['an actor that acts for another', jwt({ ...ann, act: { sub: 'a', act: { sub: 'b' } } }), other({ act: { sub: 'a', act: { sub: 'c' } } }), SignedOutError, SignedOutError],
  ['the same actor', jwt({ ...ann, act: { iss: 'i', sub: 'a' } }), other({ act: { sub: 'a', iss: 'i' } }), repeated, repeated],
  ['another organization, Clerk', jwt({ ...ann, o: { id: 'org_1' } }), other({ o: { id: 'org_2' } }), SignedOutError, SignedOutError],
  ['another role in the organization', jwt({ ...ann, o: { id: 'org_1', rol: 'admin' } }), other({ o: { id: 'org_1', rol: 'member' } }), repeated, repeated],
  ['no organization any more', jwt({ ...ann, o: { id: 'org_1' } }), other({}), SignedOutError, SignedOutError],
  ['another organization, org_id', jwt({ ...ann, org_id: 'org_1' }), other({ org_id: 'org_2' }), SignedOutError, SignedOutError],
  ['another organization, Keycloak', jwt({ ...ann, organization: ['a'] }), other({ organization: ['b'] }), SignedOutError, SignedOutError],
  ['opaque tokens', 'opaque-of-ann', 'opaque-of-bob', repeated, UnauthorizedError],
  ['no subject', jwt({ iss: ann.iss }), jwt({ iss: ann.iss, jti: '2' }), repeated, UnauthorizedError],
  ['no issuer', jwt({ sub: 'ann' }), jwt({ sub: 'ann', jti: '2' }), repeated, UnauthorizedError],
  ['a JWT after an opaque token', 'opaque-of-ann', jwt(ann), SignedOutError, UnauthorizedError],
  ['an opaque token after a JWT', jwt(ann), 'opaque-of-bob', SignedOutError, SignedOutError],
];

for (const [name, before, after, ofGet, ofPost] of cases) {
  for (const [method, want] of [['GET', ofGet], ['HEAD', ofGet], ['POST', ofPost], ['PUT', ofPost], ['PATCH', ofPost], ['DELETE', ofPost]]) {
    const sent = [];
    const auth = createAuth({
      baseUrl: 'https://api.example.com',
      getToken: ({ skipCache }) => (skipCache ? after : before),
      fetch: async (request) => {
        const token = request.headers.get('Authorization').slice('Bearer '.length);
        sent.push(token);
        return new Response(null, { status: token === before ? 401 : 200 });
      },
    });
    const label = `${name}: ${method}`;
    const call = () => auth.fetch('/transfer', { method });
    if (want === repeated) {
      assert.equal((await call()).status, 200, label);
      assert.deepEqual(sent, [before, after], label);
      continue;
    }
    await assert.rejects(call, (error) => error instanceof want, label);
    assert.deepEqual(sent, [before], label);
  }
}

// What was refused once is not sent again by the next call.
const sent = [];
const auth = createAuth({
  baseUrl: 'https://api.example.com',
  getToken: ({ skipCache }) => (skipCache ? 'new' : 'old'),
  fetch: async (request) => {
    sent.push(request.headers.get('Authorization'));
    return new Response(null, { status: sent.length === 1 ? 401 : 200 });
  },
});
await assert.rejects(() => auth.fetch('/transfer', { method: 'POST' }), UnauthorizedError);
assert.equal((await auth.fetch('/transfer', { method: 'POST' })).status, 200);
assert.deepEqual(sent, ['Bearer old', 'Bearer new']);
