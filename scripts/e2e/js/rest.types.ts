// What the compiler has to know of a client made by `authkeel client rest`.
import { createClient, ForbiddenError, type AuthError, type components } from '../rest/dist/index.js';

type Note = components['schemas']['Note'];

const client = createClient({ baseUrl: 'https://api.example.test', getToken: async () => null });
const { data, error } = await client.POST('/notes', { body: { text: 'x' } });
export const note: Note | undefined = data;
if (error === undefined) data satisfies Note;

await client.PUT('/notes/{id}', { params: { path: { id: '1' } }, body: { text: 'x' } });
// @ts-expect-error there is no such path
await client.GET('/nothing');
// @ts-expect-error the path has a parameter
await client.DELETE('/notes/{id}');
// @ts-expect-error the text is a string
await client.POST('/notes', { body: { text: 1 } });

// Clerk's getToken, as its packages declare it.
declare function getToken(options?: { template?: string; skipCache?: boolean }): Promise<string | null>;
createClient({ baseUrl: new URL('https://api.example.test'), getToken, headers: { 'X-App': 'x' } });

export function said(e: AuthError): string {
  if (e instanceof ForbiddenError) return e.scope.join(' ');
  switch (e.code) {
    case 'signed_out':
    case 'redirected':
    case 'unauthorized':
    case 'forbidden':
    case 'rate_limited':
    case 'unavailable':
      return e.message;
  }
}
