// Opens the page in Chromium and prints what it found: node browser.mjs <chromium> <page>
import { chromium } from 'playwright-core';

const [executablePath, page] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const tab = await browser.newPage();
  const said = [];
  tab.on('pageerror', (error) => said.push(error.message));
  await tab.goto(page);
  try {
    const results = await tab.waitForFunction(() => globalThis.results, undefined, { timeout: 60_000 });
    console.log(JSON.stringify(await results.jsonValue()));
  } catch (error) {
    throw new Error(`the page did not finish: ${said.join('; ')}`, { cause: error });
  }
} finally {
  await browser.close();
}
