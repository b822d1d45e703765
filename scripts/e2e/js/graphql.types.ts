// What the compiler has to know of a client made by `authkeel client graphql`.
import { createClient, CreateNoteDocument, ForbiddenError, NoteAddedDocument, NotesDocument, type NotesQuery } from '../graphql/dist/index.js';

const client = createClient({ baseUrl: 'https://api.example.test', getToken: () => null, apollo: { devtools: { enabled: false } } });

const { data } = await client.query({ query: NotesDocument });
data satisfies NotesQuery | undefined;
data?.notes satisfies { id: string; text: string }[] | undefined;
const made = await client.mutate({ mutation: CreateNoteDocument, variables: { text: 'x' } });
made.data?.createNote.owner satisfies string | undefined;
client.subscribe({ query: NoteAddedDocument }).subscribe((result) => result.data?.noteAdded.text satisfies string | undefined);
// @ts-expect-error the text is a string
await client.mutate({ mutation: CreateNoteDocument, variables: { text: 1 } });
// @ts-expect-error a variable is missing
await client.mutate({ mutation: CreateNoteDocument, variables: {} });
// @ts-expect-error a note has no title
export const title: unknown = data?.notes[0]?.title;
export const scope = (e: unknown): readonly string[] => (e instanceof ForbiddenError ? e.scope : []);
(await client.auth.token()) satisfies string;
