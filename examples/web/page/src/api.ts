import { createContext, useContext } from 'react';
import { createClient, type ApiClient, type components } from './client/blog';

export type Post = components['schemas']['Post'];
export type Draft = components['schemas']['Draft'];
export type User = components['schemas']['User'];
export type Role = components['schemas']['Role']['role'];

/** The API answered with an error of its own, such as a post that is not there or data that is not valid. */
export class AnswerError extends Error {
  constructor(
    readonly status: number,
    /** What is wrong, for users: `title must not be empty`. */
    readonly detail: string,
    /** The field that is wrong, when it is one. */
    readonly field: string | undefined,
  ) {
    super(`the API answered ${status}: ${detail}`);
    this.name = 'AnswerError';
  }
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of a call, or an error that says why there is none. */
export async function answer<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  const problem: { detail?: unknown; field?: unknown } = typeof error === 'object' && error !== null ? error : {};
  const { detail, field } = problem;
  throw new AnswerError(response.status, typeof detail === 'string' ? detail : '', typeof field === 'string' ? field : undefined);
}

const ApiContext = createContext<ApiClient | undefined>(undefined);
export const ApiProvider = ApiContext.Provider;
export { createClient };

export function useApi(): ApiClient {
  const api = useContext(ApiContext);
  if (api === undefined) throw new Error('useApi is outside of ApiProvider');
  return api;
}
