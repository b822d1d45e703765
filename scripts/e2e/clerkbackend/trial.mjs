// Calls of @clerk/backend against the stand-in Clerk that main.go starts.
import assert from 'node:assert/strict';
import { createClerkClient, verifyToken } from '@clerk/backend';

const env = process.env;
const options = { secretKey: env.CLERK_SECRET_KEY, publishableKey: env.CLERK_PUBLISHABLE_KEY, apiUrl: env.CLERK_API_URL, telemetry: { disabled: true } };
const clerk = createClerkClient(options);
let failures = 0;

// complete fails when a property of a result is undefined: Clerk always sends
// what its client reads, so the stand-in must as well.
function complete(value, path) {
  if (value === null || typeof value !== 'object') {
    return;
  }
  for (const [name, below] of Object.entries(value)) {
    if (name === '_raw') {
      continue;
    }
    assert.notEqual(below, undefined, `${path}.${name} is undefined`);
    complete(below, `${path}.${name}`);
  }
}

async function trial(name, call, check = () => {}) {
  try {
    const result = await call();
    complete(result, name);
    await check(result);
    console.log(`ok    ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAIL  ${name}: ${error?.message} ${JSON.stringify(error?.errors ?? '')}`);
  }
}

async function refused(name, call, status, text) {
  try {
    await call();
  } catch (error) {
    if (error?.status === status && JSON.stringify(error.errors ?? '').includes(text)) {
      console.log(`ok    ${name}`);
      return;
    }
    failures++;
    console.log(`FAIL  ${name}: got ${error?.status} ${JSON.stringify(error?.errors ?? error?.message)}`);
    return;
  }
  failures++;
  console.log(`FAIL  ${name}: no error`);
}

const { users, organizations, sessions } = clerk;

await trial('users.getUser', () => users.getUser('user_ada'), (u) => {
  assert.equal(u.primaryEmailAddress.emailAddress, 'ada@example.test');
  assert.deepEqual(u.publicMetadata, { role: 'admin' });
});
await trial('users.getUserList', () => users.getUserList({ limit: 2 }), (list) => {
  assert.equal(list.data.length, 2);
  assert.equal(list.totalCount, 3);
});
await trial('users.getUserList of an address', () => users.getUserList({ emailAddress: ['mo@example.test'] }), (list) => {
  assert.deepEqual(list.data.map((u) => u.id), ['user_mo']);
});
await trial('users.getUserList of an organization', () => users.getUserList({ organizationId: ['org_acme'], orderBy: '-created_at' }), (list) => {
  assert.deepEqual(list.data.map((u) => u.id), ['user_mo', 'user_ada']);
});
await trial('users.getCount', () => users.getCount({ query: 'ada' }), (n) => assert.equal(n, 1));
let eve;
await trial('users.createUser', () => users.createUser({ emailAddress: ['eve@example.test'], firstName: 'Eve', password: 'correct horse', publicMetadata: { a: 1 } }), (u) => {
  eve = u.id;
  assert.equal(u.passwordEnabled, true);
});
await trial('users.updateUser', () => users.updateUser(eve, { lastName: 'Adams', externalId: '42' }), (u) => {
  assert.equal(u.fullName, 'Eve Adams');
  assert.equal(u.externalId, '42');
  assert.deepEqual(u.publicMetadata, { a: 1 });
});
await trial('users.updateUserMetadata', () => users.updateUserMetadata(eve, { publicMetadata: { a: null, b: { c: 1 } } }), (u) => {
  assert.deepEqual(u.publicMetadata, { b: { c: 1 } });
});
await trial('users.banUser', () => users.banUser(eve), (u) => assert.equal(u.banned, true));
await trial('users.unbanUser', () => users.unbanUser(eve), (u) => assert.equal(u.banned, false));
await trial('users.lockUser', () => users.lockUser(eve), (u) => assert.equal(u.locked, true));
await trial('users.unlockUser', () => users.unlockUser(eve), (u) => assert.equal(u.locked, false));
await refused('users.createUser with an address that is taken', () => users.createUser({ emailAddress: ['ada@example.test'] }), 422, 'form_identifier_exists');
await trial('users.getOrganizationMembershipList', () => users.getOrganizationMembershipList({ userId: 'user_ada' }), (list) => {
  assert.equal(list.totalCount, 1);
  assert.equal(list.data[0].organization.membersCount, 2);
  assert.equal(list.data[0].publicUserData.identifier, 'ada@example.test');
});

await trial('organizations.getOrganization', () => organizations.getOrganization({ slug: 'acme' }), (o) => assert.equal(o.membersCount, 2));
await trial('organizations.getOrganizationList', () => organizations.getOrganizationList(), (list) => assert.equal(list.totalCount, 1));
let zoo;
await trial('organizations.createOrganization', () => organizations.createOrganization({ name: 'Zoo', slug: 'zoo', createdBy: eve }), (o) => {
  zoo = o.id;
  assert.equal(o.createdBy, eve);
});
await trial('organizations.updateOrganization', () => organizations.updateOrganization(zoo, { name: 'The Zoo', maxAllowedMemberships: 7 }), (o) => {
  assert.equal(o.name, 'The Zoo');
  assert.equal(o.maxAllowedMemberships, 7);
});
await trial('organizations.updateOrganizationMetadata', () => organizations.updateOrganizationMetadata(zoo, { publicMetadata: { plan: 'pro' } }), (o) => {
  assert.deepEqual(o.publicMetadata, { plan: 'pro' });
});
await trial('organizations.createOrganizationMembership', () => organizations.createOrganizationMembership({ organizationId: zoo, userId: 'user_mo', role: 'org:member' }));
await trial('organizations.updateOrganizationMembership', () => organizations.updateOrganizationMembership({ organizationId: zoo, userId: 'user_mo', role: 'org:admin' }), (m) => {
  assert.equal(m.role, 'org:admin');
});
await trial('organizations.updateOrganizationMembershipMetadata', () =>
  organizations.updateOrganizationMembershipMetadata({ organizationId: zoo, userId: 'user_mo', publicMetadata: { desk: 3 } }), (m) => {
  assert.deepEqual(m.publicMetadata, { desk: 3 });
});
await trial('organizations.getOrganizationMembershipList', () => organizations.getOrganizationMembershipList({ organizationId: zoo }), (list) => {
  assert.deepEqual(list.data.map((m) => m.role), ['org:admin', 'org:admin']);
});
await trial('organizations.deleteOrganizationMembership', () => organizations.deleteOrganizationMembership({ organizationId: zoo, userId: 'user_mo' }));
await trial('organizations.deleteOrganization', () => organizations.deleteOrganization(zoo), (o) => assert.equal(o.deleted, true));

await trial('sessions.getSessionList', () => sessions.getSessionList({ userId: 'user_ada' }), (list) => {
  assert.deepEqual(list.data.map((s) => s.id), ['sess_ada']);
});
await trial('sessions.getSession', () => sessions.getSession('sess_ada'), (s) => assert.equal(s.lastActiveOrganizationId, 'org_acme'));
await trial('sessions.getToken', () => sessions.getToken('sess_ada'), async ({ jwt }) => {
  const claims = await verifyToken(jwt, { jwtKey: env.CLERK_JWT_KEY });
  assert.equal(claims.sub, 'user_ada');
  assert.equal(claims.o.id, 'org_acme');
});
await trial('sessions.getToken of a template', () => sessions.getToken('sess_ada', 'supabase'), ({ jwt }) => {
  assert.equal(JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url')).sid, undefined);
});
await trial('sessions.revokeSession', () => sessions.revokeSession('sess_ada'), (s) => assert.equal(s.status, 'revoked'));

await trial('verifyToken with the Backend API', () => verifyToken(env.TRIAL_SESSION, options), (claims) => assert.equal(claims.sid, 'sess_ada'));
const withToken = (token) => new Request('https://api.example.test/', { headers: { Authorization: `Bearer ${token}` } });
for (const [type, token] of [['api_key', env.TRIAL_API_KEY], ['oauth_token', env.TRIAL_OAUTH_TOKEN]]) {
  await trial(`authenticateRequest with an ${type}`, async () => {
    const state = await clerk.authenticateRequest(withToken(token), { acceptsToken: type });
    assert.equal(state.isAuthenticated, true, state.message);
    return { subject: state.toAuth().subject };
  }, ({ subject }) => assert.equal(subject, 'user_ada'));
}

await trial('users.deleteUser', () => users.deleteUser(eve), (u) => assert.equal(u.deleted, true));
await refused('users.getUser of nobody', () => users.getUser(eve), 404, 'resource_not_found');
await refused('what the stand-in does not have', () => clerk.invitations.getInvitationList(), 501, 'stand-in');
await refused('a filter that the stand-in does not have', () => users.getUserList({ phoneNumber: ['+15555550100'] }), 501, 'stand-in');
await refused('another secret key', () => createClerkClient({ ...options, secretKey: 'sk_test_x' }).users.getUser('user_ada'), 401, 'clerk_key_invalid');

console.log(failures === 0 ? 'all calls passed' : `${failures} calls failed`);
process.exit(failures === 0 ? 0 : 1);
