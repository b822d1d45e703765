// How the client of `authkeel client axios` makes the calls.

const data = async (promise) => (await promise).data;
const id = (id) => ({ params: { path: { id } } });

export const driver = {
  plainHTTP: true,
  make: (lib, options) => lib.createClient(options),
  list: (c, signal) => data(c.get('/notes', { signal })),
  create: (c, text) => data(c.post('/notes', { body: { text } })),
  rename: (c, note, text) => data(c.put('/notes/{id}', { ...id(note), body: { text } })),
  remove: (c, note) => data(c.delete('/notes/{id}', id(note))),
  status: (c) => data(c.get('/status')),
  greeting: (c) => data(c.get('/greeting')),
  away: (c) => data(c.get('/away')),
  moved: (c) => data(c.get('/moved')),
  createMoved: (c, text) => data(c.post('/moved', { body: { text } })),
  wire: (c, method, name, init) => data(c[method.toLowerCase()](`/wire/${name}`, init)),
  upload: (c, body) => data(c.post('/uploads', { body, headers: { 'Content-Type': 'application/octet-stream' } })),
};
