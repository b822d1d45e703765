import type { Access } from './auth.js';

/** A method, a path as the API's document has it (`/notes/{id}`), and what the operation takes. */
export type Operation = readonly [method: string, path: string, access: Access];

/** What {@link AuthOptions.accessOf} needs. The first operation that fits decides; any other requires a token. */
export function accessTable(operations: readonly Operation[]): (method: string, path: string) => Access {
  const rows = operations.map(([method, path, access]) => ({ method, pattern: pattern(path), access }));
  return (method, path) => rows.find((row) => row.method === method && row.pattern.test(path))?.access ?? 'required';
}

function pattern(path: string): RegExp {
  const parts = path.split(/\{[^{}]*\}/).map((part) => encodeURI(part).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}
