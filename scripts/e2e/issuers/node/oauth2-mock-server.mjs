// oauth2-mock-server: argument 1 is the port. A new key set needs a new server.
import { OAuth2Server } from 'oauth2-mock-server';
import { forEachKeySet } from './lines.mjs';

const [port] = process.argv.slice(2);
let server;

await forEachKeySet(async (jwks) => {
  if (server) await server.stop();
  server = new OAuth2Server();
  for (const key of jwks.keys) await server.issuer.keys.add(key);
  await server.start(Number(port), '127.0.0.1');
});
