// Reads key sets, one JSON Web Key Set with private keys a line, and calls
// `serve` with each: the first key signs. Answers every line with "ready".
// The process ends with its standard input.
import { createInterface } from 'node:readline';

export async function forEachKeySet(serve) {
  for await (const line of createInterface({ input: process.stdin })) {
    await serve(JSON.parse(line));
    process.stdout.write('ready\n');
  }
  process.exit(0);
}
