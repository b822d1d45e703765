// What the compiler has to know of a client made by `authkeel client trpc --router`.
import { authErrorOf, createAuth, createClient, createLinks, type AppRouter } from '../trpc/dist/index.js';

const client = createClient({ baseUrl: 'https://api.example.test', getToken: () => null, batch: { maxItems: 5 }, path: '/rpc' });

(await client.health.query()) satisfies string;
(await client.notes.list.query()) satisfies { id: string; text: string }[];
(await client.notes.create.mutate({ text: 'x' }, { signal: AbortSignal.timeout(1) })).author satisfies string;
(await client.notes.delete.mutate({ id: '1' })) satisfies null;
// @ts-expect-error there is no such procedure
await client.notes.rename.mutate({ id: '1' });
// @ts-expect-error a mutation is no query
await client.notes.create.query({ text: 'x' });
// @ts-expect-error the text is a string
await client.notes.create.mutate({ text: 1 });
// @ts-expect-error the router has no transformer
createClient({ baseUrl: 'https://api.example.test', getToken: () => null, transformer: JSON });

createLinks(createAuth({ baseUrl: 'https://api.example.test', getToken: () => null }), { batch: false });
export const code = (e: unknown): string | undefined => authErrorOf(e)?.code;
export type Procedures = keyof AppRouter['_def']['record'];
'health' satisfies Procedures;
