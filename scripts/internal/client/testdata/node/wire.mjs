// What each kind sends, as a server saw it, and what it makes of the answers.
import assert from 'node:assert/strict';
import { createClient } from './client.js';

const [kind, baseUrl] = process.argv.slice(2);
const client = createClient({ baseUrl, getToken: () => 'token' });
const names = { sendForm: ['POST', '/form'], sendMulti: ['POST', '/multi'], sendBytes: ['PUT', '/bytes'], mergePatch: ['PATCH', '/patch'],
  sendText: ['POST', '/text'], sendJSON: ['POST', '/json'], sendImage: ['POST', '/image'], query: ['GET', '/query'], odd: ['GET', '/odd/{user-id}/{a.b}'],
  file: ['GET', '/files/{name}.{extension}'], styles: ['GET', '/styles/{label}/{matrix}/{list}'], own: ['GET', '/own/{constructor}'],
  picture: ['GET', '/picture'], answer: ['GET', '/answer'], empty: ['DELETE', '/empty'] };

/** Calls an operation in the words of the kind; gives the body of the answer. */
async function call(name, { path, query, header, body } = {}) {
  const [method, template] = names[name];
  const params = { ...(path && { path }), ...(query && { query }), ...(header && { header }) };
  const init = { ...(Object.keys(params).length > 0 && { params }), ...(body !== undefined && { body }) };
  if (kind === 'rest') {
    const { data, error } = await client[method](template, init);
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return data;
  }
  if (kind === 'axios') return (await client[method.toLowerCase()](template, init)).data;
  return client[name][method === 'GET' ? 'query' : 'mutate']({ ...params, ...(body !== undefined && { body }) });
}

async function sends(name, input, want) {
  assert.equal(await call(name, input), want, `${kind} ${name} ${JSON.stringify(input)}`);
}

const bytes = new Uint8Array([0, 255, 16, 128]);
await sends('sendForm', { body: { a: 'x y&', tags: [1, 2], csv: ['p', 'q'], none: undefined } }, 'POST /form application/x-www-form-urlencoded a=x+y%26&tags=1&tags=2&csv=p,q');
await sends('sendForm', { body: new URLSearchParams({ a: '1' }) }, 'POST /form application/x-www-form-urlencoded a=1');
await sends('sendMulti', { body: { file: new Blob([bytes], { type: 'image/png' }), note: 'hi', tags: [1, 2], nested: { a: 1 }, meta: { b: 2 } } },
  'POST /multi multipart/form-data file(image/png)=00ff1080 meta(application/json)={"b":2} nested={"a":1} note=hi tags=1 tags=2');
const form = new FormData();
form.set('note', 'hi');
await sends('sendMulti', { body: form }, 'POST /multi multipart/form-data note=hi');
await sends('sendBytes', { body: bytes }, 'PUT /bytes application/octet-stream 00ff1080');
await sends('sendBytes', { body: new Blob([bytes]) }, 'PUT /bytes application/octet-stream 00ff1080');
await sends('sendBytes', { body: bytes.buffer }, 'PUT /bytes application/octet-stream 00ff1080');
await sends('mergePatch', { body: { a: null } }, 'PATCH /patch application/merge-patch+json {"a":null}');
await sends('sendText', { body: 'plain "text"' }, 'POST /text text/plain plain "text"');
await sends('sendJSON', { body: 'a string' }, 'POST /json application/json "a string"');
await sends('sendJSON', { body: [1, { a: 'ü' }] }, 'POST /json application/json [1,{"a":"ü"}]');
await sends('sendJSON', { body: 'a;b', header: { 'Content-Type': 'text/csv' } }, 'POST /json text/csv a;b');
await sends('sendImage', { body: new Blob([bytes], { type: 'image/webp' }) }, 'POST /image image/webp 00ff1080');
await sends('query', { query: { filter: { a: 'x', b: 1, c: { d: [1, 2] } }, csv: ['p', 'q,r'], pipes: ['p', 'q'], spaces: ['s', 't'], tags: ['1', '2'], point: { x: 1, y: 2 }, json: { k: ['v'] }, none: undefined } },
  'GET /query?filter[a]=x&filter[b]=1&filter[c][d]=1&filter[c][d]=2&csv=p,q%2Cr&pipes=p%7Cq&spaces=s%20t&tags=1&tags=2&x=1&y=2&json=%7B%22k%22%3A%5B%22v%22%5D%7D');
await sends('odd', { path: { 'user-id': 'a/b?', 'a.b': '...' } }, 'GET /odd/a%2Fb%3F/...');
await sends('file', { path: { name: '.', extension: 'x' } }, 'GET /files/..x').catch((error) => assert.match(String(error), /segment \. or \.\./));
await sends('styles', { path: { label: ['a', 'b'], matrix: ['c', 'd'], list: ['e', 'f'] } }, 'GET /styles/.a.b/;matrix=c;matrix=d/e,f');

assert.deepEqual(await call('answer'), { up: true });
assert.equal(await call('empty'), undefined);
const picture = await call('picture');
assert.ok(picture instanceof Blob, `${kind}: a picture is ${typeof picture}`);
assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), new Uint8Array([0x89, 0x50, 0xff, 0x00]));

const leaving = ['.', '..', '%2e', '%2E%2e', '.%2e', '../admin', '..\\admin', '..%2Fadmin', 'a/../../b', ''];
for (const value of leaving) {
  await assert.rejects(() => Promise.resolve().then(() => call('odd', { path: { 'user-id': value, 'a.b': 'x' } })), /path parameter user-id/, `${kind}: ${value}`);
  await assert.rejects(() => Promise.resolve().then(() => call('odd', { path: { 'user-id': [value], 'a.b': 'x' } })), /path parameter user-id/, `${kind}: [${value}]`).catch((error) => {
    if (value !== '') throw error; // a list of one empty text
  });
}
await assert.rejects(() => Promise.resolve().then(() => call('file', { path: { name: '', extension: '' } })), /path parameter/);
await assert.rejects(() => Promise.resolve().then(() => call('own', { path: {} })), /path parameter constructor is missing/);
await assert.rejects(() => Promise.resolve().then(() => call('sendText', { body: { a: 1 } })), /has to be a string/);
