// Tries one kind of client on one API: node node.mjs <kind> <package> <api> <hooks> <elsewhere> <framework>
import { pathToFileURL } from 'node:url';
import { scenario } from './scenario.mjs';

const [kind, folder, api, hooks, elsewhere, framework] = process.argv.slice(2);
const lib = await import(pathToFileURL(`${folder}/dist/index.js`).href);
const { driver, drivers = { '': () => driver } } = await import(`./${kind}.mjs`);
const results = [];
for (const [label, make] of Object.entries(drivers)) {
  const env = { api, hooks, elsewhere, framework, browser: false };
  for (const result of await scenario(lib, make(env), env)) results.push({ ...result, name: label + result.name });
}
console.log(JSON.stringify(results));
