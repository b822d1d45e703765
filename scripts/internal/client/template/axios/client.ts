import axios, { AxiosError, AxiosHeaders, type AxiosInstance, type AxiosRequestConfig, type AxiosResponse, type CreateAxiosDefaults } from 'axios';
import type {
  FilterKeys,
  HttpMethod,
  IsOperationRequestBodyOptional,
  OperationRequestBodyContent,
  PathsWithMethod,
  Readable,
  RequiredKeysOf,
  ResponseObjectMap,
  SuccessResponse,
  Writable,
} from 'openapi-typescript-helpers';
import { accessTable } from './access.js';
import { createAuth, type Auth, type AuthOptions } from './auth.js';
import { AuthError } from './errors.js';
import { operations } from './operations.js';
import type { paths } from './schema.js';
import { bodyOf, formatOf, isTextual, parsed, pathWith, queryOf } from './wire.js';

type Params<T> = T extends { parameters: infer P }
  ? RequiredKeysOf<P> extends never ? { params?: P } : { params: P }
  : { params?: { query?: Record<string, unknown> } };

type Body<T> = Writable<OperationRequestBodyContent<T>> extends never
  ? { body?: never }
  : IsOperationRequestBodyOptional<T> extends true
    ? { body?: Writable<OperationRequestBodyContent<T>> }
    : { body: Writable<OperationRequestBodyContent<T>> };

type Request<T> = Params<T> & Body<T> & Omit<AxiosRequestConfig, 'url' | 'method' | 'baseURL' | 'params' | 'data'>;

type Arguments<T> = RequiredKeysOf<Request<T>> extends never ? [request?: Request<T>] : [request: Request<T>];

type Answer<T> = T extends Record<string | number, any> ? Readable<SuccessResponse<ResponseObjectMap<T>>> : never;

type Call<M extends HttpMethod> = <P extends PathsWithMethod<paths, M>>(
  path: P,
  ...request: Arguments<FilterKeys<paths[P], M>>
) => Promise<AxiosResponse<Answer<FilterKeys<paths[P], M>>>>;

/** The API's operations by method and path: `await client.put('/notes/{id}', { params: { path: { id } }, body })`. */
export interface ApiClient {
  readonly get: Call<'get'>;
  readonly put: Call<'put'>;
  readonly post: Call<'post'>;
  readonly patch: Call<'patch'>;
  readonly delete: Call<'delete'>;
  readonly head: Call<'head'>;
  readonly options: Call<'options'>;
  /** The instance that everything goes through, for interceptors and untyped calls; it has the token too. */
  readonly axios: AxiosInstance;
  readonly auth: Auth;
}

export interface ApiClientOptions extends Omit<AuthOptions, 'accessOf'> {
  /** Settings of the axios instance. baseURL, adapter and env are the client's own. */
  axios?: Omit<CreateAxiosDefaults, 'baseURL' | 'adapter' | 'env'>;
}

/**
 * Makes a client for the API. Its calls reject with an AuthError when nobody is signed in and on 401, 403, 429 and
 * 503, and with an AxiosError otherwise.
 */
export function createClient(options: ApiClientOptions): ApiClient {
  const auth = createAuth({ ...options, accessOf: accessTable(operations) });
  const instance = axios.create({
    paramsSerializer: { indexes: null }, // tag=a&tag=b, for untyped calls
    ...options.axios,
    // axios' own name would be one header more that an API has to allow to browsers.
    headers: { ...options.axios?.headers, 'User-Agent': false },
    baseURL: auth.baseUrl,
    adapter: 'fetch', // the others follow redirects on their own, some of them with the token
    env: { fetch: auth.fetch, Request: auth.Request },
  });
  instance.interceptors.response.use(undefined, (error: unknown) => {
    throw error instanceof AxiosError && error.cause instanceof AuthError ? error.cause : error;
  });
  const call = (method: HttpMethod) => (path: string, request: Untyped = {}) => {
    const { params = {}, body, headers, ...config } = request;
    const format = formatOf(method, path);
    const given = { ...instance.defaults, ...config };
    const url = pathWith(format, path, params.path);
    const sent: AxiosRequestConfig = { ...config, method, url, data: body, headers: { ...params.header, ...(headers as Headers | undefined) } };
    if (params.query !== undefined) sent.params = params.query;
    if ((config.paramsSerializer ?? options.axios?.paramsSerializer) === undefined) sent.paramsSerializer = { serialize: (query) => queryOf(format, query) };
    if ((config.transformRequest ?? options.axios?.transformRequest) === undefined) {
      sent.transformRequest = (data: unknown, wire: AxiosHeaders) => {
        if (data === undefined) return data;
        const chosen = wire.getContentType();
        const { body, type } = bodyOf(format, data, typeof chosen === 'string' ? chosen : undefined);
        wire.set('Content-Type', type ?? false); // false: axios would name a type of its own
        return body;
      };
    }
    // The answer is read by its Content-Type, which is not known before it is there.
    const read = given.responseType === undefined && (config.transformResponse ?? options.axios?.transformResponse) === undefined;
    if (!read) return instance.request(sent);
    return instance.request({ ...sent, responseType: 'blob' }).then(withAnswer, async (error: unknown) => {
      if (error instanceof AxiosError && error.response !== undefined) await withAnswer(error.response);
      throw error;
    });
  };
  return {
    get: call('get') as Call<'get'>,
    put: call('put') as Call<'put'>,
    post: call('post') as Call<'post'>,
    patch: call('patch') as Call<'patch'>,
    delete: call('delete') as Call<'delete'>,
    head: call('head') as Call<'head'>,
    options: call('options') as Call<'options'>,
    axios: instance,
    auth,
  };
}

type Headers = Record<string, string>;

/** The response with its body as the Content-Type has it: parsed JSON, a string, a Blob, or undefined when there is none. */
async function withAnswer(response: AxiosResponse): Promise<AxiosResponse> {
  const data: unknown = response.data;
  if (!(data instanceof Blob)) return response;
  const type = String(response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (data.size === 0) response.data = undefined;
  else if (type === '' || isTextual(type)) response.data = parsed(type, await data.text());
  return response;
}

interface Untyped extends Omit<AxiosRequestConfig, 'params' | 'data'> {
  params?: { path?: Record<string, unknown>; query?: unknown; header?: Record<string, string> };
  body?: unknown;
}
