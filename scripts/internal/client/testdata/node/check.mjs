// Type-checks the TypeScript below a folder with the settings of its tsconfig.json.
import ts from 'typescript';

const folder = process.argv[2];
const { config } = ts.readConfigFile(`${folder}/tsconfig.json`, ts.sys.readFile);
const { fileNames, options } = ts.parseJsonConfigFileContent({ ...config, include: ['**/*.ts'] }, ts.sys, folder);
const program = ts.createProgram(fileNames, { ...options, rootDir: folder, noEmit: true, skipLibCheck: true });
const found = ts.getPreEmitDiagnostics(program);
if (found.length > 0) {
  console.log(ts.formatDiagnostics(found, { getCurrentDirectory: () => folder, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }));
  process.exit(1);
}
