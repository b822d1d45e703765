// What people see when something fails. These cases stop and start what all others need, so they run one after the other.
import { join } from 'node:path';
import { api, banner, browser, button, choose, equal, folder, heading, hook, issuer, link, menu, notice, page, refused, run, signIn, write } from './web-harness.mjs';

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

await run('a token whose key was retired is replaced, and the user notices nothing', async (tab) => {
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
