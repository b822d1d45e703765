// oidc-provider with an API that gets JWT access tokens: argument 1 is the port,
// argument 2 the API's resource indicator, argument 3 the redirect URI.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { forEachKeySet } from './lines.mjs';

const [port, api, redirect] = process.argv.slice(2);
console.warn = console.info = () => {};

let handle;
const server = createServer((request, response) => handle(request, response));
await new Promise((resolve) => { server.listen(Number(port), '127.0.0.1', resolve); });

await forEachKeySet((jwks) => {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    jwks,
    cookies: { keys: ['a key for cookies of tests'] },
    clients: [
      { client_id: 'machine', client_secret: 'secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      { client_id: 'web', client_secret: 'secret', grant_types: ['authorization_code'], redirect_uris: [redirect], response_types: ['code'] },
    ],
    pkce: { required: () => true },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'read', audience: api, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  });
  handle = provider.callback();
});
