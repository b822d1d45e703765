// Signs in with oidc-client-ts in Chromium, looks at the issuer's pages, and prints the results:
// node signin-browser.mjs <chromium> <issuer> <front end> <origin that is not let in> <folder for screenshots>
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { contrast } from './contrast.mjs';

const [executablePath, issuer, front, stranger, folder] = process.argv.slice(2);
const results = [];

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function run(name, settings, test) {
  const context = await browser.newContext(settings);
  try {
    const tab = await context.newPage();
    tab.setDefaultTimeout(15_000);
    tab.problems = [];
    tab.on('pageerror', (error) => tab.problems.push(error.message));
    tab.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) tab.problems.push(message.text());
    });
    await test(tab, context);
    results.push({ name });
  } catch (error) {
    results.push({ name, error: error.stack ?? String(error) });
  } finally {
    await context.close();
  }
}

const who = (tab) => tab.waitForFunction(() => globalThis.ready).then(() => tab.textContent('#who'));

await run('signs in, renews the token, and signs out', {}, async (tab) => {
  await tab.goto(`${front}?authority=${encodeURIComponent(issuer)}`);
  equal(await who(tab), 'signed out', 'before');
  await Promise.all([tab.waitForURL(`${issuer}/authorize?*`), tab.evaluate(() => { globalThis.users.signinRedirect(); })]);
  await tab.screenshot({ path: join(folder, 'sign-in.png') });
  await tab.click('button[value=ada]');
  await tab.waitForURL(`${front}?*`);
  equal(await who(tab), 'ada <ada@example.test>', 'signed in');
  const [before, after] = await tab.evaluate(async () => {
    const tokens = (user) => [user.access_token, user.refresh_token];
    const first = tokens(await globalThis.users.getUser());
    return [first, tokens(await globalThis.users.signinSilent())];
  });
  equal([before[0] === after[0], before[1] === after[1]], [false, false], 'the tokens stayed the same');
  // The user has a session at the issuer: a second sign-in asks nothing.
  await Promise.all([tab.waitForURL(`${front}?*code=*`), tab.evaluate(() => { globalThis.ready = false; globalThis.users.signinRedirect(); })]);
  equal(await who(tab), 'ada <ada@example.test>', 'signed in again');
  await Promise.all([tab.waitForURL((url) => url.href.startsWith(front) && !url.searchParams.has('code')), tab.evaluate(() => { globalThis.users.signoutRedirect(); })]);
  equal(await who(tab), 'signed out', 'after');
  await Promise.all([tab.waitForURL(`${issuer}/authorize?*`), tab.evaluate(() => { globalThis.users.signinRedirect(); })]);
  await Promise.all([tab.waitForURL(`${front}?*error=access_denied*`), tab.click('button[name=cancel]')]);
  await who(tab);
  equal([await tab.evaluate(() => globalThis.failure), tab.problems], ['access_denied', []], 'canceled, and what the browser reported');
});

await run('scripts of another origin get nothing', {}, async (tab) => {
  await tab.goto(stranger);
  const got = await tab.evaluate(async (base) => {
    const calls = [[`${base}/token`, { method: 'POST', body: new URLSearchParams({ user: 'ada' }) }], [`${base}/userinfo`, { headers: { Authorization: 'Bearer x' } }], [`${base}/.well-known/openid-configuration`]];
    return Promise.all(calls.map(([url, how]) => fetch(url, how).then((answer) => answer.status, () => 'blocked')));
  }, issuer);
  equal(got, ['blocked', 'blocked', 'blocked'], 'answers');
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [390, 1200]) {
    await run(`the issuer's page, ${colorScheme}, ${width} px wide`, { colorScheme, viewport: { width, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] }, async (tab) => {
      await tab.goto(`${issuer}/`);
      await tab.fill('input[name=lifetime]', '90s');
      await tab.click('form[action="/"] button');
      const token = await tab.inputValue('#token');
      await tab.screenshot({ path: join(folder, `page-${colorScheme}-${width}.png`), fullPage: true });
      equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is beside the screen');
      const outside = await tab.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80)));
      equal(outside, [], 'what is outside the screen');
      equal(await tab.evaluate(contrast), [], 'texts with too little contrast');
      await tab.click('button[data-copy=token]');
      await tab.getByText('Copied').waitFor();
      equal(await tab.evaluate(() => navigator.clipboard.readText()), token, 'copied');
      equal(tab.problems, [], 'what the browser reported');
    });
  }
  await run(`the sign-in page, ${colorScheme}, 390 px wide`, { colorScheme, viewport: { width: 390, height: 700 } }, async (tab) => {
    const query = new URLSearchParams({ response_type: 'code', client_id: 'a-client-with-a-name-that-is-rather-long-for-a-telephone', redirect_uri: `${front}?with=a-rather-long-address`, scope: 'openid profile email offline_access read write', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' });
    await tab.goto(`${issuer}/authorize?${query}`);
    await tab.screenshot({ path: join(folder, `sign-in-${colorScheme}-390.png`), fullPage: true });
    equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is beside the screen');
    equal(await tab.evaluate(contrast), [], 'texts with too little contrast');
    equal(tab.problems, [], 'what the browser reported');
  });
}

await browser.close();
console.log(JSON.stringify(results));
