// What the compiler has to know of a client made by `authkeel client trpc --spec`.
import { createClient, procedures, type components } from '../trpc-rest/dist/index.js';

type Note = components['schemas']['Note'];

const client = createClient({ baseUrl: 'https://api.example.test', getToken: () => null });

(await client.getNotes.query()) satisfies Note[];
(await client.getNotes.query(undefined, { signal: AbortSignal.timeout(1) })) satisfies Note[];
(await client.postNotes.mutate({ body: { text: 'x' } })) satisfies Note;
(await client.putNotesById.mutate({ path: { id: '1' }, body: { text: 'x' } })) satisfies Note;
(await client.deleteNotesById.mutate({ path: { id: '1' } })) satisfies undefined;
(await client.getStatus.query()).up satisfies boolean;
// @ts-expect-error there is no such operation
await client.getNothing.query();
// @ts-expect-error the path has a parameter
await client.deleteNotesById.mutate();
// @ts-expect-error a body is needed
await client.postNotes.mutate({});
// @ts-expect-error the text is a string
await client.postNotes.mutate({ body: { text: 1 } });
// @ts-expect-error what changes something is no query
await client.postNotes.query({ body: { text: 'x' } });
// @ts-expect-error a note has no title
export const title: unknown = (await client.getNotes.query())[0]?.title;
procedures.getNotes satisfies readonly ['get', '/notes'];
