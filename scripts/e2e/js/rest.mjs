// How the client of `authkeel client rest` makes the calls.

const must = async (promise) => {
  const { data, error, response } = await promise;
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(error)}`);
  return data;
};
const id = (id) => ({ params: { path: { id } } });

export const driver = {
  plainHTTP: true,
  make: (lib, options) => lib.createClient(options),
  list: (c, signal) => must(c.GET('/notes', { signal })),
  create: (c, text) => must(c.POST('/notes', { body: { text } })),
  rename: (c, note, text) => must(c.PUT('/notes/{id}', { ...id(note), body: { text } })),
  remove: (c, note) => must(c.DELETE('/notes/{id}', id(note))),
  status: (c) => must(c.GET('/status')),
  greeting: (c) => must(c.GET('/greeting')),
  away: (c) => must(c.GET('/away', { parseAs: 'text' })),
  moved: (c) => must(c.GET('/moved')),
  createMoved: (c, text) => must(c.POST('/moved', { body: { text } })),
  wire: (c, method, name, init) => must(c[method](`/wire/${name}`, init)),
  upload: (c, body) => must(c.POST('/uploads', { body, bodySerializer: (b) => b, headers: { 'Content-Type': 'application/octet-stream' } })),
};
