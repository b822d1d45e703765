// Goes through the page of examples/web in Chromium, and prints the results:
// node web-browser.mjs <chromium> <page> <issuer> <api> <hooks> <folder for screenshots>
import { browser, results, runIndependent } from './web-harness.mjs';

await import('./web-looks.mjs'); // before there are posts of other cases
await runIndependent();
await import('./web-people.mjs');
await runIndependent();
await import('./web-outages.mjs');

await browser.close();
console.log(JSON.stringify(results));
