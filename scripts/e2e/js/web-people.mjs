// What people do with the page: each case for itself.
import { join } from 'node:path';
import { banner, button, equal, folder, heading, independent, issuer, link, menu, notice, page, refused, run, signIn, write } from './web-harness.mjs';

independent('a visitor reads, and is asked to sign in for the rest', async (tab) => {
  await tab.goto(page);
  await heading(tab, 'News from the harbour');
  await tab.locator('article').nth(3).waitFor();
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

independent('an answer of the issuer that the page did not ask for signs nobody in', async (tab) => {
  for (const query of ['?code=x&state=y', '?error=access_denied&state=y', '']) {
    await tab.goto(`${page}/signed-in${query}`);
    await banner(tab, 'The sign-in did not work.');
    equal([tab.url(), await button(tab, 'Sign in').count()], [`${page}/`, 2], 'address, and buttons of a visitor');
  }
});

independent('text that looks like a script, and words without end', async (tab) => {
  await signIn(tab, 'Mo', '/mine');
  const title = `<img src=x onerror="globalThis.ran = true">${'W'.repeat(150)}`;
  await write(tab, title, `<script>globalThis.ran = true</script>${'M'.repeat(500)}`);
  await link(tab, 'Your posts').click();
  await link(tab, title).waitFor();
  equal(await tab.evaluate(() => [globalThis.ran ?? false, document.documentElement.scrollWidth <= innerWidth]), [false, true], 'ran, fits');
  await button(tab, `Delete “${title}”`).click();
  await button(tab, 'Delete it').click();
  await notice(tab, 'was deleted.');
}, { viewport: { width: 390, height: 844 } });

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
  await tab.getByText(/renewed in (4:00|3:[3-5]\d)\./).waitFor();
  await tab.clock.fastForward('03:30');
  await tab.getByText(/renewed in 0:[0-3]\d\./).waitFor();
  await tab.clock.fastForward('00:31');
  await tab.getByText(/renewed in (4:00|3:[3-5]\d)\./).waitFor();
  await tab.locator('.menu').screenshot({ path: join(folder, 'web-session.png') });
  await link(tab, 'Posts').click();
  await heading(tab, 'News from the harbour');
  await tab.locator('article').first().waitFor();
  tokens.delete(undefined);
  equal(tokens.size, 2, 'tokens that the API got');
  // A computer that slept for longer than the token lives.
  await tab.clock.fastForward('20:00');
  await tab.locator('summary').click();
  await tab.getByText(/renewed in (4:00|3:[3-5]\d)\./).waitFor();
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
