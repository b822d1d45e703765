// Tries one kind of client on one API: node node.mjs <kind> <package> <api> <control> <elsewhere>
import { pathToFileURL } from 'node:url';
import { scenario } from './scenario.mjs';

const [kind, folder, api, control, elsewhere] = process.argv.slice(2);
const lib = await import(pathToFileURL(`${folder}/dist/index.js`).href);
const { driver } = await import(`./${kind}.mjs`);
const results = await scenario(lib, driver, { api, control, elsewhere, browser: false });
console.log(JSON.stringify(results));
