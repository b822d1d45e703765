// What a generated client has to do, tried against a running API. It runs in Node and in a browser.
//
// A driver says how one kind of client makes the calls; where it lacks one, the cases that need it are not its kind's.
// It may bring cases of its own. What it has as refusedInside and forbidden says that refusals are not statuses of HTTP.

/** Runs every case that the driver has calls for and returns one line for each: { name, error }. */
export async function scenario(lib, driver, env) {
  const results = [];
  for (const [name, test] of Object.entries({ ...cases, ...driver.cases })) {
    const needs = test.needs ?? [];
    if (!needs.every((call) => driver[call]) || (test.nodeOnly && env.browser)) continue;
    const fixture = new Fixture(lib, driver, env);
    try {
      await fixture.hook('counts');
      await fixture.hook('elsewhere');
      await test.run(fixture);
      results.push({ name });
    } catch (error) {
      results.push({ name, error: error?.stack ?? String(error) });
    } finally {
      await fixture.hook('outage?on=false');
      await fixture.hook('throttle?on=false');
    }
  }
  return results;
}

class Fixture {
  constructor(lib, driver, env) {
    Object.assign(this, { lib, driver, env });
  }

  async hook(path) {
    const response = await fetch(`${this.env.hooks}/${path}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  async mint(query = '') {
    return (await this.hook(`token?${query}`)).token;
  }

  /** Answers of the API by status since the last time. */
  async answers() {
    return (await this.hook('counts')) ?? {};
  }

  /** A source of tokens: the first is minted with `first`, those after a refresh with `then`. */
  async source(first = '', then = first) {
    const source = { token: await this.mint(first), refreshes: 0, gate: undefined };
    source.getToken = async ({ skipCache }) => {
      if (!skipCache) return source.token;
      source.refreshes++;
      await source.gate;
      return (source.token = then === null ? null : await this.mint(then));
    };
    return source;
  }

  client(getToken, more = {}) {
    return this.driver.make(this.lib, { baseUrl: this.env.api, getToken, ...more });
  }
}

export const expired = 'age=3600&left=-60';
export const longAgo = { now: () => Date.now() - 1800_000 }; // a clock by which no such token has expired

export function equal(got, want, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

export async function rejects(promise, type, want = {}) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    if (!(error instanceof type)) throw new Error(`got ${error?.name}: ${error?.message}, want ${type.name}`, { cause: error });
    for (const [member, wanted] of Object.entries(want)) equal(error[member], wanted, `${type.name}.${member}`);
    return error;
  }
  throw new Error(`got ${JSON.stringify(value)}, want ${type.name}`);
}

const texts = (n) => Array.from({ length: n }, (_, i) => `note ${i} ${Math.random()}`);

/** Adds n notes at once and looks whether they all arrived as they were sent. */
async function createMany(w, client, n) {
  const sent = texts(n);
  const made = await Promise.all(sent.map((text) => w.driver.create(client, text)));
  equal(made.map((note) => note.text), sent, 'texts');
  const ids = new Set(made.map((note) => note.id));
  equal(ids.size, n, 'number of notes');
  const listed = (await w.driver.list(client)).filter((note) => ids.has(note.id));
  equal(listed.length, n, 'notes in the list');
}

export const cases = {
  'a call with a good token': {
    async run(w) {
      const s = await w.source('sub=user_1');
      const client = w.client(s.getToken);
      const note = await w.driver.create(client, 'grüße 🎈');
      equal([note.text, note.owner], ['grüße 🎈', 'user_1'], 'note');
      equal((await w.driver.list(client)).some((n) => n.id === note.id), true, 'the list has it');
      equal(s.refreshes, 0, 'refreshes');
    },
  },
  '20 calls at once, refused: one new token, 20 answers': {
    async run(w) {
      const s = await w.source(expired, '');
      await createMany(w, w.client(s.getToken, longAgo), 20);
      equal(s.refreshes, 1, 'refreshes');
      const refused = (await w.answers())[401] ?? w.driver.refusedInside;
      if (!(refused >= 1 && refused <= 20)) throw new Error(`got ${refused} refusals, want 1 to 20`);
    },
  },
  '20 calls at once on a token known to have expired: one new token, no refusal': {
    async run(w) {
      const s = await w.source(expired, '');
      await createMany(w, w.client(s.getToken), 20);
      equal(s.refreshes, 1, 'refreshes');
      equal((await w.answers())[401], undefined, 'refusals');
    },
  },
  'a token about to expire is replaced before it is sent': {
    async run(w) {
      const s = await w.source('age=3600&left=6', '');
      await w.driver.list(w.client(s.getToken));
      equal(s.refreshes, 1, 'refreshes');
      await w.driver.list(w.client(s.getToken));
      equal(s.refreshes, 1, 'refreshes after another call');
      equal((await w.answers())[401], undefined, 'refusals');
    },
  },
  'a wrong clock does not ask for tokens again and again': {
    async run(w) {
      const s = await w.source();
      const client = w.client(s.getToken, { now: () => Date.now() + 86_400_000 });
      for (let i = 0; i < 5; i++) await w.driver.list(client);
      equal(s.refreshes, 1, 'refreshes');
    },
  },
  'refused with the new token too: one try more, then an error': {
    async run(w) {
      const s = await w.source(expired);
      await rejects(w.driver.create(w.client(s.getToken, longAgo), 'x'), w.lib.UnauthorizedError, {
        code: 'unauthorized', status: 401, reason: 'invalid_token',
      });
      equal(s.refreshes, 1, 'refreshes');
      equal(await w.answers(), { 401: 2 }, 'answers');
    },
    needs: ['plainHTTP'],
  },
  'no other token to be had: no second try': {
    async run(w) {
      const token = await w.mint(expired);
      await rejects(w.driver.list(w.client(() => token, longAgo)), w.lib.UnauthorizedError);
      equal(await w.answers(), { 401: 1 }, 'answers');
    },
    needs: ['plainHTTP'],
  },
  'a missing role': {
    async run(w) {
      const s = await w.source('role=member');
      const client = w.client(s.getToken);
      const note = await w.driver.create(client, 'mine');
      await w.answers();
      await rejects(w.driver.remove(client, note.id), w.lib.ForbiddenError, {
        code: 'forbidden', reason: w.driver.forbidden ?? 'insufficient_scope',
      });
      equal(s.refreshes, 0, 'refreshes');
      const admin = await w.source('role=admin');
      await w.driver.remove(w.client(admin.getToken), note.id);
      equal((await w.driver.list(client)).some((n) => n.id === note.id), false, 'the list has it still');
    },
  },
  'a missing scope is named': {
    async run(w) {
      const s = await w.source('scope=notes:read');
      const note = await w.driver.create(w.client(s.getToken), 'old');
      await rejects(w.driver.rename(w.client(s.getToken), note.id, 'new'), w.lib.ForbiddenError, {
        status: 403, reason: 'insufficient_scope', scope: ['notes:write'],
      });
      const writer = await w.source('scope=notes:read,notes:write');
      equal((await w.driver.rename(w.client(writer.getToken), note.id, 'new')).text, 'new', 'text');
    },
    needs: ['rename'],
  },
  'signed out: an error and no request': {
    async run(w) {
      const client = w.client(async () => null);
      await rejects(w.driver.list(client), w.lib.SignedOutError, { code: 'signed_out' });
      await rejects(w.driver.create(client, 'x'), w.lib.AuthError);
      equal(await w.answers(), {}, 'answers');
    },
  },
  'signed out in the middle': {
    async run(w) {
      const s = await w.source(expired, null);
      await rejects(w.driver.list(w.client(s.getToken, longAgo)), w.lib.SignedOutError);
      equal(s.refreshes, 1, 'refreshes');
      const opaque = w.client(({ skipCache }) => (skipCache ? null : 'not-a-jwt'));
      await rejects(w.driver.list(opaque), w.lib.SignedOutError);
    },
  },
  'somebody else signs in in the middle: the call is not made for them': {
    async run(w) {
      const s = await w.source(`${expired}&sub=user_1`, 'sub=user_2');
      const [text] = texts(1);
      await rejects(w.driver.create(w.client(s.getToken, longAgo), text), w.lib.SignedOutError);
      const second = await w.driver.create(w.client(s.getToken), 'of user_2');
      equal(second.owner, 'user_2', 'owner');
      const list = await w.driver.list(w.client(s.getToken));
      equal(list.some((note) => note.text === text), false, 'the call was made');
    },
  },
  'a refresh for somebody else is not joined': {
    async run(w) {
      const s = await w.source(`${expired}&sub=user_1`, 'sub=user_1');
      let open;
      s.gate = new Promise((resolve) => (open = resolve));
      let user = 'user_1';
      const second = { stale: await w.mint(`${expired}&sub=user_2`), fresh: await w.mint('sub=user_2') };
      const client = w.client(async (options) => {
        if (user === 'user_1') return s.getToken(options);
        return options.skipCache ? second.fresh : second.stale;
      });
      const first = w.driver.create(client, 'x');
      while (s.refreshes === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      user = 'user_2';
      const later = w.driver.create(client, 'y');
      await new Promise((resolve) => setTimeout(resolve, 1));
      open();
      equal([(await first).owner, (await later).owner], ['user_1', 'user_2'], 'owners');
    },
  },
  'public operations take no token, and work signed out': {
    async run(w) {
      const s = await w.source();
      equal(await w.driver.status(w.client(s.getToken)), { up: true, authorization: false }, 'status');
      equal(await w.driver.status(w.client(() => null)), { up: true, authorization: false }, 'status, signed out');
    },
    needs: ['status'],
  },
  'optional operations take a token when there is one': {
    async run(w) {
      const s = await w.source('sub=user_7');
      equal((await w.driver.greeting(w.client(s.getToken))).message, 'hello, user_7', 'greeting');
      equal((await w.driver.greeting(w.client(() => null))).message, 'hello, stranger', 'greeting, signed out');
    },
    needs: ['greeting'],
  },
  'the issuer changes its key in the middle': {
    async run(w) {
      const s = await w.source();
      const client = w.client(s.getToken);
      await w.driver.list(client);
      await w.hook('rotate');
      await createMany(w, client, 5);
      equal(s.refreshes, 1, 'refreshes');
    },
  },
  'too many requests': {
    async run(w) {
      const s = await w.source();
      await w.hook('throttle?on=true');
      await rejects(w.driver.list(w.client(s.getToken)), w.lib.RateLimitedError, {
        code: 'rate_limited', retryAfter: 7, ...(w.driver.refusedInside ? {} : { status: 429 }),
      });
      equal(s.refreshes, 0, 'refreshes');
    },
  },
  'the directory of roles is down': {
    async run(w) {
      const s = await w.source();
      await w.hook('outage?on=true');
      const error = await rejects(w.driver.remove(w.client(s.getToken), '1'), w.lib.UnavailableError, { code: 'unavailable' });
      if (w.driver.plainHTTP && !(error.retryAfter > 0)) throw new Error(`got retryAfter ${error.retryAfter}, want seconds`);
      equal(s.refreshes, 0, 'refreshes');
    },
  },
  'refusals in the words of others': {
    async run(w) {
      const s = await w.source();
      const call = (status, headers, body) =>
        w.driver.list(w.client(s.getToken, { fetch: async () => new Response(body, { status, headers }) }));
      const at = new Date(Date.now() + 60_000).toUTCString();
      const limited = await rejects(call(429, { 'Retry-After': at }, '<p>slow down</p>'), w.lib.RateLimitedError, { reason: '', body: '<p>slow down</p>' });
      if (!(limited.retryAfter > 55 && limited.retryAfter <= 60)) throw new Error(`got retryAfter ${limited.retryAfter}, want about 60`);
      await rejects(call(503, { 'Retry-After': 'soon' }, ''), w.lib.UnavailableError, { retryAfter: undefined, body: '' });
      const challenge = 'Bearer realm="x", error="insufficient_scope", scope="a b"';
      await rejects(call(403, { 'WWW-Authenticate': challenge }, 'null'), w.lib.ForbiddenError, { reason: 'insufficient_scope', scope: ['a', 'b'], body: null });
      await rejects(call(403, {}, '{"error":{}}'), w.lib.ForbiddenError, { reason: '', scope: [], body: { error: {} } });
    },
    needs: ['plainHTTP'],
  },
  'other origins do not get the token': {
    async run(w) {
      const s = await w.source();
      const { fetch } = w.client(s.getToken).auth;
      equal((await fetch(`${w.env.elsewhere}/direct`)).status, 200, 'status');
      equal((await fetch(new Request(`${w.env.elsewhere}/request`, { method: 'POST', body: 'x' }))).status, 200, 'status');
      equal(await w.hook('elsewhere'), { requests: 2, tokens: 0 }, 'seen elsewhere');
      const lookalike = w.env.api.replace('127.0.0.1', 'localhost'); // the same server by another name
      await fetch(`${lookalike}/status`).catch(() => undefined);
      await fetch(`${lookalike}/notes`).then((r) => equal(r.status, 401, 'status'), () => undefined);
    },
  },
  'a request keeps an Authorization header of its own': {
    async run(w) {
      const s = await w.source();
      const { fetch } = w.client(s.getToken).auth;
      const headers = { Authorization: `Bearer ${await w.mint(expired)}` };
      await rejects(fetch(`${w.env.api}/notes`, { headers }), w.lib.UnauthorizedError, { reason: 'invalid_token' });
      equal([await w.answers(), s.refreshes], [{ 401: 1 }, 0], 'answers and refreshes');
    },
  },
  'redirects to another origin are not followed': {
    async run(w) {
      const s = await w.source();
      const want = w.env.browser ? { location: undefined } : { location: `${w.env.elsewhere}/taken` };
      await rejects(w.driver.away(w.client(s.getToken)), w.lib.RedirectError, { code: 'redirected', ...want });
      equal(await w.hook('elsewhere'), { requests: 0, tokens: 0 }, 'seen elsewhere');
    },
    needs: ['away'],
  },
  'redirects within the origin are, where they can be seen': {
    async run(w) {
      const s = await w.source();
      const client = w.client(s.getToken);
      if (w.env.browser) {
        await rejects(w.driver.moved(client), w.lib.RedirectError);
        return;
      }
      equal(Array.isArray(await w.driver.moved(client)), true, 'a list');
      equal((await w.driver.createMoved(client, 'kept')).text, 'kept', 'text');
    },
    needs: ['moved', 'createMoved'],
  },
  'a body that is a stream is sent once': {
    async run(w) {
      const chunks = () => new Blob(['a'.repeat(1000), 'b'.repeat(500)]).stream();
      const good = await w.source();
      equal(await w.driver.upload(w.client(good.getToken), chunks()), { bytes: 1500 }, 'received');
      const s = await w.source(expired, '');
      const client = w.client(s.getToken, longAgo);
      await w.answers();
      await rejects(w.driver.upload(client, chunks()), w.lib.UnauthorizedError);
      equal(await w.answers(), { 401: 1 }, 'answers');
      equal(s.refreshes, 0, 'refreshes');
      equal(await w.driver.upload(client, chunks()), { bytes: 1500 }, 'received by the next call');
      equal(s.refreshes, 1, 'refreshes after the next call');
    },
    needs: ['upload'],
    nodeOnly: true, // Chromium streams bodies over HTTP/2 alone
  },
  'bodies, parameters and answers go over the wire as the document says': {
    async run(w) {
      const s = await w.source();
      const client = w.client(s.getToken, { baseUrl: w.env.hooks });
      const sends = async (method, name, init, want) => equal(await w.driver.wire(client, method, name, init), want, name);
      const bytes = new Uint8Array([0, 255, 16, 128]);
      const picture = new Blob([bytes], { type: 'image/png' });
      await sends('POST', 'form', { body: { a: 'x y&', tags: [1, 2], csv: ['p', 'q'] } },
        'POST /wire/form application/x-www-form-urlencoded a=x+y%26&tags=1&tags=2&csv=p,q');
      await sends('POST', 'multipart', { body: { file: picture, note: 'hi', meta: { b: 2 } } },
        'POST /wire/multipart multipart/form-data file(image/png)=00ff1080 meta(application/json)={"b":2} note=hi');
      await sends('PUT', 'bytes', { body: bytes }, 'PUT /wire/bytes application/octet-stream 00ff1080');
      await sends('PUT', 'bytes', { body: picture }, 'PUT /wire/bytes application/octet-stream 00ff1080');
      await sends('POST', 'text', { body: 'plain "grüße"' }, 'POST /wire/text text/plain plain "grüße"');
      await sends('PATCH', 'patch', { body: { a: null } }, 'PATCH /wire/patch application/merge-patch+json {"a":null}');
      await sends('GET', 'query', { params: { query: { csv: ['p', 'q,r'], pipes: ['p', 'q'], tags: ['1', '2'], filter: { a: 'x' } } } },
        'GET /wire/query?csv=p,q%2Cr&pipes=p%7Cq&tags=1&tags=2&filter[a]=x');
      const got = await w.driver.wire(client, 'GET', 'picture');
      equal([...new Uint8Array(await got.arrayBuffer())], [0x89, 0x50, 0xff, 0], 'the bytes of the picture');
    },
    needs: ['wire'],
  },
  'an aborted call stops waiting, the others get the new token': {
    async run(w) {
      const s = await w.source(expired, '');
      let open;
      s.gate = new Promise((resolve) => (open = resolve));
      const client = w.client(s.getToken);
      const abort = new AbortController();
      const aborted = w.driver.list(client, abort.signal);
      const others = Promise.all([w.driver.list(client), w.driver.list(client)]);
      while (s.refreshes === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      abort.abort();
      let reason;
      await aborted.catch((error) => (reason = error));
      if (!/abort|cancel/i.test(`${reason?.name} ${reason?.message}`)) throw new Error(`got ${reason}, want an abort`);
      open();
      equal((await others).map((list) => Array.isArray(list)), [true, true], 'lists');
      equal(s.refreshes, 1, 'refreshes');
    },
  },
  'what getToken throws reaches the caller, and the next call asks again': {
    async run(w) {
      let fail = true;
      const token = await w.mint();
      const client = w.client(async () => {
        if (fail) throw new Error('the sign-in service is away');
        return token;
      });
      const error = await rejects(w.driver.list(client), Error);
      if (!/sign-in service/.test(`${error.message} ${error.cause?.message}`)) throw new Error(`got ${error}, want the message of getToken`);
      fail = false;
      await w.driver.list(client);
    },
  },
};
