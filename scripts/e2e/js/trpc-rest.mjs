// How the client of `authkeel client trpc --spec` makes the calls: to the API as it is.

const typed = (c, promise) => promise.catch((error) => {
  throw c.lib.authErrorOf(error) ?? error;
});

export const driver = {
  plainHTTP: true,
  make: (lib, options) => ({ lib, api: lib.createClient(options), auth: lib.createApiAuth(options) }),
  list: (c, signal) => typed(c, c.api.getNotes.query(undefined, { signal })),
  create: (c, text) => typed(c, c.api.postNotes.mutate({ body: { text } })),
  rename: (c, id, text) => typed(c, c.api.putNotesById.mutate({ path: { id }, body: { text } })),
  remove: (c, id) => typed(c, c.api.deleteNotesById.mutate({ path: { id } })),
  status: (c) => typed(c, c.api.getStatus.query()),
  greeting: (c) => typed(c, c.api.getGreeting.query()),
  away: (c) => typed(c, c.api.getAway.query()),
  moved: (c) => typed(c, c.api.getMoved.query()),
  createMoved: (c, text) => typed(c, c.api.postMoved.mutate({ body: { text } })),
  wire: (c, method, name, { params, ...init } = {}) => {
    const procedure = c.api[`${method.toLowerCase()}Wire${name[0].toUpperCase()}${name.slice(1)}`];
    return typed(c, method === 'GET' ? procedure.query({ ...params, ...init }) : procedure.mutate({ ...params, ...init }));
  },
  upload: (c, body) => typed(c, c.api.postUploads.mutate({ body })),
};
