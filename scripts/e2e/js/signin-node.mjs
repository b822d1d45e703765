// Signs in with openid-client, as a program with a secret and as one without, and prints the
// results: node signin-node.mjs <issuer>
import * as oidc from 'openid-client';

const [issuer] = process.argv.slice(2);
const redirect_uri = 'http://127.0.0.1:9/callback';
const results = [];

async function run(name, test) {
  try {
    await test();
    results.push({ name });
  } catch (error) {
    results.push({ name, error: error.stack ?? String(error) });
  }
}

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

async function refused(promise, code) {
  const error = await promise.then(() => undefined, (e) => e);
  equal(error?.error ?? error?.message, code, 'error');
}

// What a user does in the browser: choose a name on the page.
async function choose(url, user) {
  const page = await (await fetch(url)).text();
  const request = /name="request" value="([^"]*)"/.exec(page)[1].replaceAll('&amp;', '&').replaceAll('&#43;', '+');
  const answer = await fetch(new URL('/authorize/choice', url), { method: 'POST', redirect: 'manual', body: new URLSearchParams({ request, ...user }) });
  return new URL(answer.headers.get('Location'));
}

async function begin(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid email offline_access read', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  });
  return { url, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true } };
}

for (const [name, secret, how] of [
  ['a program with a secret in the header', 'any', oidc.ClientSecretBasic('any')],
  ['a program with a secret in the form', 'any', oidc.ClientSecretPost('any')],
  ['a program without a secret', undefined, oidc.None()],
]) {
  const config = await oidc.discovery(new URL(issuer), 'my program', secret, how, { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] });
  await run(`${name}: signs in, asks who it is, renews and signs out`, async () => {
    const { url, checks } = await begin(config);
    const tokens = await oidc.authorizationCodeGrant(config, await choose(url, { user: 'ada' }), checks);
    equal([tokens.claims().sub, tokens.claims().email, tokens.scope], ['user_ada', 'ada@example.test', 'openid email offline_access read'], 'user');
    const about = await oidc.fetchUserInfo(config, tokens.access_token, 'user_ada');
    equal(about, { email: 'ada@example.test', email_verified: true, sub: 'user_ada' }, 'user information');
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    equal(renewed.claims().sub, 'user_ada', 'renewed');
    await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
    const end = oidc.buildEndSessionUrl(config, { id_token_hint: renewed.id_token, post_logout_redirect_uri: redirect_uri, state: 'bye' });
    const answer = await fetch(end, { redirect: 'manual' });
    equal(answer.headers.get('Location'), `${redirect_uri}?state=bye`, 'logout');
    await refused(oidc.refreshTokenGrant(config, renewed.refresh_token), 'invalid_grant');
  });
  await run(`${name}: a code is good once, and with its verifier alone`, async () => {
    const { url, checks } = await begin(config);
    const callback = await choose(url, { user: 'mo' });
    await refused(oidc.authorizationCodeGrant(config, callback, { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }), 'invalid_grant');
    await oidc.authorizationCodeGrant(config, callback, checks);
    await refused(oidc.authorizationCodeGrant(config, callback, checks), 'invalid_grant');
  });
  await run(`${name}: the user cancels, or is not signed in`, async () => {
    const { url, checks } = await begin(config);
    await refused(oidc.authorizationCodeGrant(config, await choose(url, { cancel: 'yes' }), checks), 'access_denied');
    const silent = await begin(config, { prompt: 'none' });
    const answer = await fetch(silent.url, { redirect: 'manual' });
    await refused(oidc.authorizationCodeGrant(config, new URL(answer.headers.get('Location')), silent.checks), 'login_required');
  });
}

await run('a service gets a token of its own', async () => {
  const config = await oidc.discovery(new URL(issuer), 'jobs', 'any', undefined, { execute: [oidc.allowInsecureRequests] });
  const tokens = await oidc.clientCredentialsGrant(config, { scope: 'read' });
  equal([tokens.token_type, tokens.expires_in > 0], ['bearer', true], 'token');
});

console.log(JSON.stringify(results));
