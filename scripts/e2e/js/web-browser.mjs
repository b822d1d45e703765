// Goes through the page of examples/web in Chromium, and prints the results:
// node web-browser.mjs <chromium> <page> <issuer> <api> <hooks> <folder for screenshots>
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { contrast } from './contrast.mjs';

const [executablePath, page, issuer, api, hooks, folder] = process.argv.slice(2);
const results = [];

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

async function hook(path) {
  const answer = await fetch(hooks + path, { method: 'POST' });
  equal(answer.status, 200, `${path}: ${await answer.text()}`);
}

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Runs a case in a new browser profile. `expected` are the errors that the browser may report. */
async function run(name, test, { expected = /^$/, ...settings } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
  try {
    const tab = await context.newPage();
    tab.setDefaultTimeout(15_000);
    const problems = [];
    tab.on('pageerror', (error) => problems.push(error.message));
    tab.on('console', (message) => {
      if (message.type() === 'error' && !expected.test(message.text()) && !message.location().url.startsWith(issuer)) problems.push(message.text());
    });
    await test(tab, context);
    equal(problems, [], 'what the browser reported');
    results.push({ name });
  } catch (error) {
    results.push({ name, error: error.stack ?? String(error) });
  } finally {
    await context.close();
    await hook('/all/up');
  }
}

const waiting = [];

/** A case that may run while others do. */
function independent(...arguments_) {
  waiting.push(arguments_);
}

/** Runs the independent cases, three at a time. */
async function runIndependent() {
  const next = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) await run(...row);
  };
  await Promise.all([next(), next(), next()]);
}

/** What Chromium reports for an answer with an error status, and for no answer. */
const refused = { expected: /^Failed to load resource/ };

const heading = (tab, name) => tab.getByRole('heading', { name, exact: true }).waitFor();
const button = (tab, name) => tab.getByRole('button', { name, exact: true });
const link = (tab, name) => tab.getByRole('link', { name, exact: true });
const notice = (tab, text) => tab.locator('.notice').getByText(text).waitFor();
const banner = (tab, text) => tab.locator('.banner').getByText(text).waitFor();

async function signIn(tab, name, path = '/') {
  await tab.goto(page + path);
  await tab.getByRole('button', { name: path === '/' ? 'Sign in' : 'Sign in to go on', exact: true }).click();
  await choose(tab, name, path);
}

async function choose(tab, name, path) {
  await tab.getByRole('button', { name: `Sign in as ${name}` }).click();
  await tab.waitForURL(page + path);
  await tab.locator('summary').waitFor();
}

async function menu(tab, item) {
  await tab.locator('summary').click();
  await button(tab, item).click();
}

async function write(tab, title, text, publish = true) {
  await link(tab, 'Write').click();
  await tab.getByLabel('Title').fill(title);
  await tab.getByLabel('Text').fill(text);
  await tab.getByLabel('Publish it').setChecked(publish);
  await button(tab, publish ? 'Publish' : 'Save the draft').click();
  await heading(tab, title);
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [390, 1280]) {
    independent(`every page, ${colorScheme}, ${width} px wide`, async (tab) => {
      const look = async (name) => {
        await tab.evaluate(() => document.fonts.ready);
        await tab.screenshot({ path: join(folder, `web-${name}-${colorScheme}-${width}.png`), fullPage: !['menu', 'delete'].includes(name) });
        equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name}: nothing is beside the screen`);
        const outside = await tab.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80)));
        equal(outside, [], `${name}: what is outside the screen`);
        equal(await tab.evaluate(contrast), [], `${name}: texts with too little contrast`);
      };
      await tab.goto(page);
      await heading(tab, 'The new pontoon is open');
      await look('posts');
      await tab.goto(`${page}/mine`);
      await heading(tab, 'Please sign in');
      await look('please-sign-in');
      await signIn(tab, 'Ada', '/mine');
      await link(tab, 'Edit “The new pontoon is open”').waitFor();
      await look('own-posts');
      await tab.locator('summary').click();
      await link(tab, 'Your account').waitFor();
      await look('menu');
      await link(tab, 'Your account').click();
      await tab.getByText('content:write').waitFor();
      await look('account');
      await link(tab, 'People').click();
      await tab.getByLabel('Role of Mo').waitFor();
      await look('people');
      await link(tab, 'Report').click();
      await tab.getByText('Published').waitFor();
      await look('report');
      await link(tab, 'Write').click();
      await heading(tab, 'Write a post');
      await tab.getByLabel('Text').fill('A text without a title.');
      await button(tab, 'Publish').click();
      await tab.getByText('Title must not be empty.').waitFor();
      await look('write');
      await link(tab, 'Posts').click();
      await link(tab, 'What the November storm taught us').click();
      await tab.getByText('hoses for chafe protection').waitFor();
      await look('post');
      await button(tab, 'Delete “What the November storm taught us”').click();
      await heading(tab, 'Delete this post?');
      await look('delete');
      await button(tab, 'Keep it').click();
      await tab.goto(`${page}/posts/unknown`);
      await heading(tab, 'There is nothing here');
      await look('not-found');
    }, { ...refused, colorScheme, viewport: { width, height: width === 390 ? 844 : 900 }, hasTouch: width === 390 });
  }
}
await runIndependent();

independent('a visitor reads, and is asked to sign in for the rest', async (tab) => {
  await tab.goto(page);
  await heading(tab, 'News from the harbour');
  equal((await tab.locator('article').count()) >= 4, true, 'the posts are there');
  await link(tab, 'The new pontoon is open').click();
  await tab.getByText('crumpled notes').waitFor();
  equal(await tab.evaluate(() => document.activeElement.textContent), 'The new pontoon is open', 'the focus is on the heading');
  equal([await tab.title(), await button(tab, 'Edit').count()], ['The new pontoon is open – Harbour Notes', 0], 'title, buttons for the author');
  for (const path of ['/write', '/mine', '/people', '/report', '/account', '/posts/x/edit']) {
    await tab.goto(page + path);
    await heading(tab, 'Please sign in');
  }
  await tab.goto(`${page}/nowhere`);
  await heading(tab, 'There is nothing here');
  await tab.goto(`${page}/posts/unknown`);
  await heading(tab, 'There is nothing here');
}, refused);

independent('an author writes, changes, publishes and deletes', async (tab) => {
  await signIn(tab, 'Mo', '/mine');
  await write(tab, 'A draft', 'First line.\n\nSecond paragraph.', false);
  await notice(tab, '“A draft” is saved as a draft.');
  equal(await tab.locator('.paragraph').count(), 2, 'paragraphs');
  await link(tab, 'Posts').click();
  await heading(tab, 'The new pontoon is open');
  equal(await link(tab, 'A draft').count(), 0, 'drafts among the public posts');
  await link(tab, 'Your posts').click();
  await link(tab, 'Edit “A draft”').click();
  await tab.getByLabel('Title').fill('   ');
  await button(tab, 'Save the draft').click();
  await tab.getByText('Title must not be empty.').waitFor();
  equal(await tab.evaluate(() => [document.activeElement.name, document.activeElement.ariaInvalid]), ['title', 'true'], 'the focus is on what is wrong');
  await tab.getByLabel('Title').fill('A post');
  await tab.getByLabel('Publish it').check();
  await button(tab, 'Publish').click();
  await notice(tab, '“A post” is published.');
  await link(tab, 'Posts').click();
  await link(tab, 'A post').click();
  await button(tab, 'Delete “A post”').click();
  await button(tab, 'Keep it').click();
  await button(tab, 'Delete “A post”').click();
  await button(tab, 'Delete it').click();
  await notice(tab, '“A post” was deleted.');
  equal(await link(tab, 'A post').count(), 0, 'the post');
  // What somebody else wrote.
  await link(tab, 'Posts').click();
  await link(tab, 'The new pontoon is open').click();
  await tab.getByText('crumpled notes').waitFor();
  equal(await tab.getByRole('button', { name: /^Delete/ }).count(), 0, 'a button to delete the post of somebody else');
}, refused);

independent('tokens are in the memory of the page alone', async (tab) => {
  const addresses = [];
  tab.on('framenavigated', (frame) => addresses.push(frame.url()));
  let token = '';
  tab.on('request', (request) => (token = request.headers()['authorization'] ?? token));
  await signIn(tab, 'Mo', '/account');
  await tab.getByText('org_1', { exact: true }).waitFor(); // the organization
  equal(await tab.evaluate(() => [JSON.stringify({ ...localStorage }), Object.keys(sessionStorage), document.cookie]), ['{}', ['signed-in'], ''], 'what is stored');
  equal([token.split('.').length, addresses.some((address) => address.includes(token.slice(7, 60)))], [3, false], 'the token, and in an address');
  equal(await tab.evaluate(() => navigation.entries().filter((entry) => entry.url.includes('code=')).length), 0, 'codes in the history');
  await tab.goto(`${page}/account`); // loads the page again, which has no token by then
  await heading(tab, 'Your account');
  await tab.reload();
  await heading(tab, 'Your account');
  await menu(tab, 'Sign out');
  await button(tab, 'Sign in').first().waitFor();
  await tab.goto(`${page}/account`);
  await heading(tab, 'Please sign in');
});

independent('a script that got into the page does not run, and nothing is sent elsewhere', async (tab) => {
  await tab.goto(page);
  await heading(tab, 'News from the harbour');
  equal(await tab.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
    return [globalThis.ran ?? false, await fetch('http://127.0.0.1:9/').catch((error) => error.name)];
  }), [false, 'TypeError'], 'ran, sent');
}, { expected: /Content Security Policy/ });

independent('a sign-in that is canceled leaves the public pages', async (tab) => {
  await tab.goto(`${page}/posts/x`);
  await button(tab, 'Sign in').click();
  await button(tab, 'Cancel').click();
  await banner(tab, 'You did not sign in.');
  equal(tab.url(), `${page}/posts/x`, 'address');
}, refused);

independent('a manager sees the report, and has no form that is for authors', async (tab) => {
  await signIn(tab, 'Max', '/report');
  await heading(tab, 'Report');
  equal(await link(tab, 'Write').count(), 0, 'the link to the form');
  await tab.goto(`${page}/write`);
  await heading(tab, 'You may not see this page');
  await tab.goto(`${page}/mine`);
  await heading(tab, 'You have not written anything yet');
});

independent('the session is counted down and renewed', async (tab) => {
  const tokens = new Set();
  tab.on('request', (request) => tokens.add(request.headers()['authorization']));
  await tab.clock.install();
  await signIn(tab, 'Mo', '/mine');
  await heading(tab, 'Your posts');
  await tab.locator('summary').click();
  await tab.getByText(/renewed in (4:00|3:5\d)\./).waitFor();
  await tab.clock.fastForward('03:30');
  await tab.getByText(/renewed in 0:[123]\d\./).waitFor();
  await tab.clock.fastForward('00:31');
  await tab.getByText(/renewed in (4:00|3:5\d)\./).waitFor();
  await tab.locator('.menu').screenshot({ path: join(folder, 'web-session.png') });
  await link(tab, 'Posts').click();
  await heading(tab, 'News from the harbour');
  await tab.locator('article').first().waitFor();
  tokens.delete(undefined);
  equal(tokens.size, 2, 'tokens that the API got');
  // A computer that slept for longer than the token lives.
  await tab.clock.fastForward('20:00');
  await tab.locator('summary').click();
  await tab.getByText(/renewed in (4:00|3:5\d)\./).waitFor();
});

independent('with the keyboard alone', async (tab) => {
  const press = async (key, times = 1) => {
    for (let i = 0; i < times; i++) await tab.keyboard.press(key);
  };
  // Tabs to the element, and looks whether one sees where the focus is on the way.
  const to = async (name) => {
    for (let i = 0; i < 25; i++) {
      await press('Tab');
      const [label, outline] = await tab.evaluate(() => [document.activeElement.ariaLabel ?? (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]);
      if (outline === 'none' && (await tab.evaluate(() => document.activeElement !== document.body))) throw new Error(`the focus on ${label} cannot be seen`);
      if (label.startsWith(name)) return;
    }
    throw new Error(`no Tab leads to ${name}`);
  };
  await tab.goto(page);
  await heading(tab, 'News from the harbour');
  await to('Skip to the content');
  await press('Enter');
  equal(await tab.evaluate(() => document.activeElement.id), 'content', 'the focus after the skip link');
  await tab.reload();
  await to('Sign in');
  await press('Enter');
  await tab.waitForURL(`${issuer}/authorize?*`);
  await to('Sign in as Mo');
  await press('Enter');
  await tab.waitForURL(`${page}/`);
  await link(tab, 'Write').waitFor();
  await to('Write');
  await press('Enter');
  await heading(tab, 'Write a post');
  await to('Title');
  await tab.keyboard.type('Typed');
  await to('Text');
  await tab.keyboard.type('Without a mouse.');
  await to('Publish it');
  await press('Space'); // a draft
  await to('Save the draft');
  await press('Enter');
  await heading(tab, 'Typed');
  await to('Delete');
  await press('Enter');
  await heading(tab, 'Delete this post?');
  equal(await tab.evaluate(() => document.activeElement.textContent), 'Keep it', 'the focus is on what changes nothing');
  await press('Escape');
  await tab.locator('dialog').waitFor({ state: 'detached' });
  equal(await tab.evaluate(() => document.activeElement.textContent), 'Delete', 'the focus comes back');
  await press('Enter');
  await to('Delete it');
  await press('Enter');
  await notice(tab, '“Typed” was deleted.');
  await press('Shift+Tab', 2);
  await tab.locator('summary').focus();
  await press('Enter');
  await to('Your account');
  await press('Escape');
  equal(await tab.evaluate(() => document.activeElement.tagName), 'SUMMARY', 'the focus comes back from the menu');
});

await runIndependent();

// The remaining cases stop and start what all others need.

await run('an admin gives a role, which counts at once, and takes it back', async (tab) => {
  await signIn(tab, 'Ada', '/people');
  const other = await (await browser.newContext()).newPage();
  other.setDefaultTimeout(15_000);
  await signIn(other, 'Mo');
  await link(other, 'Your posts').waitFor();
  equal(await link(other, 'People').count(), 0, 'the page for admins, before');
  await tab.getByText('You cannot change your own role.').waitFor();
  await tab.getByLabel('Role of Mo').selectOption('Admin');
  await notice(tab, 'Mo has the role admin now.');
  await other.reload();
  await link(other, 'People').click();
  await other.getByLabel('Role of Ada').waitFor();
  await tab.getByLabel('Role of Mo').selectOption('No role');
  await notice(tab, 'Mo has no role any more.');
  // The list is still open on the other screen. The API refuses.
  await other.getByLabel('Role of Ada').selectOption('Editor');
  await heading(other, 'You may not do this');
  await other.screenshot({ path: join(folder, 'web-forbidden.png') });
  equal(await other.getByLabel('Role of Ada').inputValue(), '', 'the role of Ada');
  await other.goto(`${page}/people`);
  await heading(other, 'You may not see this page');
  await other.context().close();
  await link(tab, 'Report').click();
  await tab.getByText('Published').waitFor();
}, refused);

await run('the issuer is down: the page says so, ends the session in the end, and keeps the text', async (tab) => {
  await tab.clock.install();
  await signIn(tab, 'Mo', '/write');
  await tab.getByLabel('Title').fill('Half a post');
  await tab.getByLabel('Text').fill('Which nobody wants to write twice.');
  await hook('/issuer/down');
  await tab.clock.fastForward('04:05');
  await banner(tab, 'The sign-in service cannot be reached.');
  await tab.screenshot({ path: join(folder, 'web-issuer-down.png') });
  await hook('/issuer/up');
  await tab.clock.fastForward('00:06');
  await tab.locator('.banner').waitFor({ state: 'detached' });
  await hook('/issuer/down');
  await tab.clock.fastForward('04:05');
  await banner(tab, 'The sign-in service cannot be reached.');
  await tab.clock.fastForward('01:00');
  await banner(tab, 'Your session has ended.');
  await heading(tab, 'Please sign in');
  await button(tab, 'Sign in to go on').click();
  await banner(tab, 'The sign-in service cannot be reached. You can read what is public');
  await hook('/issuer/up');
  await button(tab, 'Sign in to go on').click();
  await choose(tab, 'Mo', '/write').catch(async () => tab.getByLabel('Title').waitFor()); // where the issuer remembers the user, it does not ask
  equal([await tab.getByLabel('Title').inputValue(), await tab.getByLabel('Text').inputValue()], ['Half a post', 'Which nobody wants to write twice.'], 'the text');
  await link(tab, 'Cancel').click();
  await link(tab, 'Write').click();
  equal(await tab.getByLabel('Title').inputValue(), '', 'the text after it was given up');
}, refused);

await run('a user who was removed is told that the session has ended', async (tab) => {
  await signIn(tab, 'Mo', '/mine');
  await heading(tab, 'Your posts');
  await hook('/people/remove-mo');
  await menu(tab, 'Renew the session now');
  await banner(tab, 'Your session has ended.');
  await tab.screenshot({ path: join(folder, 'web-ended.png') });
  await hook('/people/all');
}, refused);

await run('a token whose key was retired is replaced without a word', async (tab) => {
  await signIn(tab, 'Mo', '/mine');
  await heading(tab, 'Your posts');
  await hook('/keys/replace');
  await hook('/api/stop'); // an API that remembers no token
  await hook('/api/start');
  await link(tab, 'Write').click();
  await tab.getByLabel('Title').fill('Written with the second token');
  await button(tab, 'Publish').click();
  await heading(tab, 'Written with the second token');
  await button(tab, 'Delete “Written with the second token”').click();
  await button(tab, 'Delete it').click();
  await notice(tab, 'was deleted');
}, refused);

await run('the API cannot get keys, and then it can', async (tab) => {
  await signIn(tab, 'Mo');
  await link(tab, 'Your posts').waitFor();
  await hook('/api/stop');
  await hook('/issuer/down');
  await hook('/api/start');
  await link(tab, 'Your posts').click();
  await heading(tab, 'We cannot check who you are right now');
  await tab.screenshot({ path: join(folder, 'web-unavailable.png') });
  await hook('/issuer/up');
  await button(tab, 'Try again').click();
  await link(tab, 'How to read the tide table by the slipway').waitFor();
}, refused);

await run('the API is down, and then it is not', async (tab) => {
  await signIn(tab, 'Mo', '/write');
  await tab.getByLabel('Title').fill('Kept');
  await hook('/api/stop');
  await button(tab, 'Publish').click();
  await heading(tab, 'The site cannot be reached');
  await tab.screenshot({ path: join(folder, 'web-unreachable.png') });
  await hook('/api/start');
  await button(tab, 'Try again').click();
  await heading(tab, 'Kept');
  await button(tab, 'Delete “Kept”').click();
  await button(tab, 'Delete it').click();
  await notice(tab, '“Kept” was deleted.');
}, refused);

await run('too many requests: the page says when to go on', async (tab) => {
  let authorization;
  tab.on('request', (request) => (authorization = request.headers()['authorization'] ?? authorization));
  await signIn(tab, 'Max', '/mine');
  await heading(tab, 'You have not written anything yet');
  let status = 200;
  const call = async () => (status = (await fetch(`${api}/me`, { headers: { authorization } })).status);
  for (let sent = 0; status !== 429; sent++, await call()) if (sent > 400) throw new Error('400 requests were let in');
  // The limit lets in five requests a second. Others take them while the page makes its own.
  const others = setInterval(call, 50);
  try {
    for (let i = 0; i < 10 && (await tab.getByText('That was a little too fast').count()) === 0; i++) {
      await link(tab, i % 2 === 0 ? 'Report' : 'Your posts').click();
      await tab.getByText(/That was a little too fast|You have not written|How the site is doing/).first().waitFor();
      await tab.locator('.loading').waitFor({ state: 'detached' });
    }
    await heading(tab, 'That was a little too fast');
  } finally {
    clearInterval(others);
  }
  await tab.getByRole('button', { name: /^Try again in \d+ s$/ }).waitFor();
  await tab.screenshot({ path: join(folder, 'web-too-fast.png') });
  await button(tab, 'Try again').click();
  await tab.locator('.problem').waitFor({ state: 'detached' });
}, refused);

await browser.close();
console.log(JSON.stringify(results));
