// Makes JavaScript of every TypeScript file below a folder, without looking at types.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, verbatimModuleSyntax: true };
const folder = process.argv[2];
for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.ts'))) {
  const file = `${folder}/${name}`;
  writeFileSync(file.replace(/ts$/, 'js'), ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions }).outputText);
}
