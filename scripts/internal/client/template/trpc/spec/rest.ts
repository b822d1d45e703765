import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import createFetchClient from 'openapi-fetch';
import type { Auth } from './auth.js';
import { callAsDocumented, type Init, type Result } from './openapi.js';
import { procedures } from './procedures.js';
import type { AppRouter } from './router.js';

type Procedure = readonly [method: string, path: string];

/**
 * The link that makes a request of a procedure, the operation of the same name in the API's document. It is the last
 * one: nothing of tRPC's own protocol reaches the API.
 */
export function restLink(auth: Auth): TRPCLink<AppRouter> {
  const client = createFetchClient<Record<string, never>>({ baseUrl: auth.baseUrl, fetch: auth.fetch, Request: auth.Request });
  const request = client.request as unknown as (method: string, path: string, init: object) => Promise<Result>;

  async function call(name: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    if (!Object.hasOwn(procedures, name)) throw new TypeError(`the API's document has no operation ${name}`);
    const [method, path]: Procedure = procedures[name as keyof typeof procedures];
    const { body, ...params } = (input ?? {}) as { body?: unknown };
    const init: Init = body === undefined ? { params } : { params, body };
    const { data, error, response } = await callAsDocumented((wire) => request(method, path, { ...wire, signal }), method, path, init);
    if (response.ok) return data;
    const code = codes[response.status] ?? (response.status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
    const shape = { message: `the API answered ${response.status}`, code: -32603 as const, data: { code, httpStatus: response.status, path: name } };
    throw new TRPCClientError(shape.message, { result: { error: shape }, meta: { response, responseJSON: error } });
  }

  return () =>
    ({ op }) =>
      observable((observer) => {
        const abort = new AbortController();
        const end = (): void => abort.abort(op.signal?.reason);
        if (op.signal?.aborted) end();
        op.signal?.addEventListener('abort', end);
        call(op.path, op.input, abort.signal)
          .then((data) => {
            observer.next({ result: { type: 'data', data } });
            observer.complete();
          })
          .catch((error: unknown) => observer.error(TRPCClientError.from(error instanceof Error ? error : new Error(String(error)))))
          .finally(() => op.signal?.removeEventListener('abort', end));
        return end;
      });
}

const codes: Record<number, 'BAD_REQUEST' | 'NOT_FOUND' | 'METHOD_NOT_SUPPORTED' | 'CONFLICT' | 'PRECONDITION_FAILED' | 'PAYLOAD_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'UNPROCESSABLE_CONTENT' | 'NOT_IMPLEMENTED' | 'BAD_GATEWAY' | 'GATEWAY_TIMEOUT'> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  501: 'NOT_IMPLEMENTED',
  502: 'BAD_GATEWAY',
  504: 'GATEWAY_TIMEOUT',
};
