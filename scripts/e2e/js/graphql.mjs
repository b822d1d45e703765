// How the client of `authkeel client graphql` makes the calls, and what only GraphQL has.
import { createRequire } from 'node:module';
import { equal, expired, longAgo, rejects } from './scenario.mjs';

const { WebSocket } = createRequire(new URL('../tools/package.json', import.meta.url))('ws'); // Node 20 has none

let lib;
const separately = { queryDeduplication: false }; // or equal queries at once are one request, and one abort
const query = async (c, query, options = {}) => (await c.query({ query, fetchPolicy: 'network-only', ...options })).data;
const mutate = async (c, mutation, variables) => (await c.mutate({ mutation, variables })).data;

const calls = {
  forbidden: 'FORBIDDEN',
  make(library, options) {
    lib = library;
    return lib.createClient({ path: this.path, subscriptions: { path: '/graphql', webSocket: WebSocket }, ...options });
  },
  list: async (c, signal) => (await query(c, lib.NotesDocument, { context: { ...separately, fetchOptions: { signal } } })).notes,
  create: async (c, text) => (await mutate(c, lib.CreateNoteDocument, { text })).createNote,
  remove: async (c, id) => (await mutate(c, lib.DeleteNoteDocument, { id })).deleteNote,
};

/** Waits for the first note that a subscription brings. */
function subscribed(client, add) {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error('no note came')), 10_000);
    // The server says nothing when a subscription is ready: add notes until one comes.
    const adding = setInterval(() => add?.().catch(reject), 100);
    const end = (how) => (value) => {
      clearTimeout(timeout);
      clearInterval(adding);
      subscription.unsubscribe();
      how(value);
    };
    const subscription = client.subscribe({ query: lib.NoteAddedDocument }).subscribe({
      next: ({ data, error }) => (error === undefined ? end(resolve)(data.noteAdded) : end(reject)(error)),
      error: end(reject),
    });
  });
}

const own = {
  'a missing scope is named inside a 200': {
    async run(w) {
      const s = await w.source('scope=notes:read');
      const note = await w.driver.create(w.client(s.getToken), 'old');
      const rename = (c) => mutate(c, lib.RenameNoteDocument, { id: note.id, text: 'new' });
      await rejects(rename(w.client(s.getToken)), w.lib.ForbiddenError, { status: 200, scope: ['notes:write'] });
      const writer = await w.source('scope=notes:write');
      equal((await rename(w.client(writer.getToken))).renameNote.text, 'new', 'text');
    },
  },
  'a part of the data is not thrown away': {
    async run(w) {
      const s = await w.source('sub=user_1');
      const { data, error } = await w.client(s.getToken).query({ query: lib.OverviewDocument, errorPolicy: 'all' });
      equal({ ...data, __typename: undefined }, { greeting: 'hello, user_1', count: null }, 'data');
      equal(lib.authErrorOf(error) instanceof w.lib.ForbiddenError, true, 'a ForbiddenError');
    },
  },
  'retryAfter inside a 200': {
    async run(w) {
      const s = await w.source();
      await w.hook('outage?on=true');
      await rejects(w.driver.remove(w.client(s.getToken), '1'), w.lib.UnavailableError, { status: 200, retryAfter: 5 });
    },
  },
  'anonymous: signed out, and what is open is served': {
    async run(w) {
      const client = w.client(() => null, { anonymous: true });
      equal((await query(client, lib.GreetingDocument)).greeting, 'hello, stranger', 'greeting');
      await rejects(w.driver.list(client), w.lib.UnauthorizedError, { status: 200, reason: 'UNAUTHENTICATED' });
    },
  },
};

const subscriptions = {
  'a subscription has the token': {
    async run(w) {
      const s = await w.source('sub=user_5');
      const client = w.client(s.getToken);
      const note = await subscribed(client, () => w.driver.create(client, 'new'));
      equal([note.text, note.owner, s.refreshes], ['new', 'user_5', 0], 'note');
    },
  },
  'a subscription without anybody signed in: an error and no connection': {
    async run(w) {
      await rejects(subscribed(w.client(() => null)), w.lib.SignedOutError);
      equal(await w.answers(), {}, 'answers');
    },
  },
  'a connection that is refused: one new token': {
    async run(w) {
      const s = await w.source(expired, '');
      const writer = await w.source();
      await subscribed(w.client(s.getToken, longAgo), () => w.driver.create(w.client(writer.getToken), 'x'));
      equal(s.refreshes, 1, 'refreshes');
    },
  },
  'a connection that is refused with the new token too: an error': {
    async run(w) {
      const s = await w.source(expired);
      await rejects(subscribed(w.client(s.getToken, longAgo)), w.lib.UnauthorizedError, { code: 'unauthorized', status: 4403 });
      equal(s.refreshes, 1, 'refreshes');
    },
  },
  'a subscription outlives its token: connected again with a fresh one': {
    async run(w) {
      const s = await w.source('age=10&left=2', '');
      const writer = w.client((await w.source()).getToken);
      const client = w.client(s.getToken, { refreshBefore: 0.1 });
      const texts = [];
      const subscription = client.subscribe({ query: lib.NoteAddedDocument }).subscribe(({ data }) => texts.push(data?.noteAdded.text));
      try {
        for (const text of ['before', 'after']) {
          for (let i = 0; !texts.includes(text); i++) {
            if (i === 100) throw new Error(`the note ${text} did not come; these did: ${texts}`);
            await w.driver.create(writer, text);
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
          if (text === 'before') await new Promise((resolve) => setTimeout(resolve, 2500)); // the token expires
        }
      } finally {
        subscription.unsubscribe();
      }
      equal(s.refreshes, 1, 'refreshes');
    },
  },
};

export const drivers = {
  '': ({ framework }) => ({ ...calls, path: '/graphql', cases: framework.startsWith('fiber') ? own : { ...own, ...subscriptions } }),
  'refused inside a 200: ': () => ({ ...calls, path: '/graphql/lenient', refusedInside: 1 }),
};
