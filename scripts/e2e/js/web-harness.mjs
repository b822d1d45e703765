// What the cases of web-browser.mjs have in common.
import { chromium } from 'playwright-core';

export const [executablePath, page, issuer, api, hooks, folder] = process.argv.slice(2);
export const results = [];

export function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

export async function hook(path) {
  const answer = await fetch(hooks + path, { method: 'POST' });
  equal(answer.status, 200, `${path}: ${await answer.text()}`);
}

export const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Runs a case in a new browser profile. `expected` are the errors that the browser may report. */
export async function run(name, test, { expected = /^$/, ...settings } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...settings });
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
export function independent(...arguments_) {
  waiting.push(arguments_);
}

/** Runs the independent cases, three at a time. */
export async function runIndependent() {
  const next = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) await run(...row);
  };
  await Promise.all([next(), next(), next()]);
}

/** What Chromium reports for an answer with an error status, and for no answer. */
export const refused = { expected: /^Failed to load resource/ };

export const heading = (tab, name) => tab.getByRole('heading', { name, exact: true }).waitFor();
export const button = (tab, name) => tab.getByRole('button', { name, exact: true });
export const link = (tab, name) => tab.getByRole('link', { name, exact: true });
export const notice = (tab, text) => tab.locator('.notice').getByText(text).waitFor();
export const banner = (tab, text) => tab.locator('.banner').getByText(text).waitFor();

export async function signIn(tab, name, path = '/') {
  await tab.goto(page + path);
  await tab.getByRole('button', { name: path === '/' ? 'Sign in' : 'Sign in to go on', exact: true }).click();
  await choose(tab, name, path);
}

export async function choose(tab, name, path) {
  await tab.getByRole('button', { name: `Sign in as ${name}` }).click();
  await tab.waitForURL(page + path);
  await tab.locator('summary').waitFor();
}

export async function menu(tab, item) {
  await tab.locator('summary').click();
  await button(tab, item).click();
}

export async function write(tab, title, text, publish = true) {
  await link(tab, 'Write').click();
  await tab.getByLabel('Title').fill(title);
  await tab.getByLabel('Text').fill(text);
  await tab.getByLabel('Publish it').setChecked(publish);
  await button(tab, publish ? 'Publish' : 'Save the draft').click();
  await heading(tab, title);
}
