// codegen looks for its preset from the folder that it runs in; npx keeps it elsewhere.
const { existsSync, symlinkSync } = require('node:fs');
const { delimiter, dirname, join } = require('node:path');

const bin = process.env.PATH.split(delimiter).find((folder) => existsSync(join(folder, 'graphql-codegen')));
symlinkSync(dirname(bin), 'node_modules', 'junction');
require(join(process.cwd(), 'node_modules', '@graphql-codegen', 'cli', 'cjs', 'bin.js'));
