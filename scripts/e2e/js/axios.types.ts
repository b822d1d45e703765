// What the compiler has to know of a client made by `authkeel client axios`.
import { createClient, type components } from '../axios/dist/index.js';

type Note = components['schemas']['Note'];

const client = createClient({ baseUrl: 'https://api.example.test', getToken: () => 'token', axios: { timeout: 1000 } });
const { data } = await client.post('/notes', { body: { text: 'x' } });
data satisfies Note;
(await client.get('/notes')).data satisfies Note[];
(await client.get('/notes', { signal: AbortSignal.timeout(1), timeout: 5 })).status satisfies number;

await client.put('/notes/{id}', { params: { path: { id: '1' } }, body: { text: 'x' } });
// @ts-expect-error there is no such path
await client.get('/nothing');
// @ts-expect-error there is no such method of it
await client.put('/notes', { body: { text: 'x' } });
// @ts-expect-error the path has a parameter
await client.delete('/notes/{id}');
// @ts-expect-error the text is a string
await client.post('/notes', { body: { text: 1 } });
// @ts-expect-error a note has no title
export const title: unknown = data.title;
