// How the client of `authkeel client trpc --router` makes the calls, and what only tRPC has.
import { equal, rejects } from './scenario.mjs';

const typed = (c, promise) => promise.catch((error) => {
  throw c.lib.authErrorOf(error) ?? error;
});
const owned = ({ author, ...note }) => ({ ...note, owner: author });

const calls = {
  plainHTTP: true,
  make(lib, options) {
    return { lib, api: lib.createClient({ batch: this.batch, ...options }), auth: lib.createAuth(options) };
  },
  list: async (c, signal) => (await typed(c, c.api.notes.list.query(undefined, { signal }))).map(owned),
  create: async (c, text) => owned(await typed(c, c.api.notes.create.mutate({ text }))),
  remove: (c, id) => typed(c, c.api.notes.delete.mutate({ id })),
};

const me = async (c) => (await typed(c, c.api.me.query())).userId;

const cases = {
  'an input that is wrong': {
    async run(w) {
      const s = await w.source();
      const error = await rejects(w.client(s.getToken).api.notes.create.mutate({ text: '' }), Error, { name: 'TRPCClientError' });
      equal([error.data.code, error.data.httpStatus, error.message], ['BAD_REQUEST', 400, 'text is empty'], 'error');
      equal(w.lib.authErrorOf(error), undefined, 'typed error');
    },
  },
  'a batch in which one call is refused': {
    async run(w) {
      const s = await w.source('role=member');
      const client = w.client(s.getToken);
      await w.answers();
      const [made, removed] = await Promise.allSettled([w.driver.create(client, 'x'), w.driver.remove(client, '0')]);
      equal([made.status, made.value.text], ['fulfilled', 'x'], 'the call that is not');
      await rejects(Promise.reject(removed.reason), w.lib.ForbiddenError, { status: 403, reason: 'FORBIDDEN' });
      equal(await w.answers(), { 207: 1 }, 'answers');
    },
  },
  'anonymous: signed out, and what is open is served': {
    async run(w) {
      const client = w.client(() => null, { anonymous: true });
      const [health, who] = await Promise.allSettled([client.api.health.query(), me(client)]);
      equal(health.value, 'ok', 'health');
      await rejects(Promise.reject(who.reason), w.lib.UnauthorizedError, { status: 401, reason: 'UNAUTHORIZED' });
      equal(await w.answers(), { 207: 1 }, 'answers');
    },
  },
  'UNAUTHORIZED inside a 207: one new token, shared': {
    async run(w) {
      const s = await w.source('sub=user_1');
      let requests = 0;
      const refuseFirst = async (request) => {
        if (requests++ > 0) return fetch(request);
        const refused = { error: { message: 'no', code: -32001, data: { code: 'UNAUTHORIZED', httpStatus: 401 } } };
        return Response.json([{ result: { data: 'ok' } }, refused, refused], { status: 207 });
      };
      const client = w.client(s.getToken, { fetch: refuseFirst });
      const got = await Promise.all([client.api.health.query(), me(client), me(client)]);
      equal([got, s.refreshes, requests], [['ok', 'user_1', 'user_1'], 1, 3], 'answers, refreshes and requests');
    },
  },
};

export const drivers = {
  '': () => ({ ...calls, batch: undefined, cases }),
  'without batches: ': () => ({ ...calls, batch: false }),
};
