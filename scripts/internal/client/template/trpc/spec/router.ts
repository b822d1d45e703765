import type { TRPCBuiltRouter, TRPCDefaultErrorShape, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server';
import type {
  FilterKeys,
  IsOperationRequestBodyOptional,
  OperationRequestBodyContent,
  Readable,
  RequiredKeysOf,
  ResponseObjectMap,
  SuccessResponse,
  Writable,
} from 'openapi-typescript-helpers';
import type { procedures } from './procedures.js';
import type { paths } from './schema.js';

/** Parameters of an operation, by where they go: `{ path: { id: '1' }, query: { limit: 10 } }`. */
type Parameters<T> = T extends { parameters: infer P } ? { [K in 'path' | 'query' | 'header' as K extends keyof P ? K : never]: K extends keyof P ? P[K] : never } : object;

type Body<T> = Writable<OperationRequestBodyContent<T>> extends never
  ? object
  : IsOperationRequestBodyOptional<T> extends true
    ? { body?: Writable<OperationRequestBodyContent<T>> }
    : { body: Writable<OperationRequestBodyContent<T>> };

type Given<T> = { [K in keyof T as [Exclude<T[K], undefined>] extends [never] ? never : K]: T[K] };

/** What a procedure takes. Where nothing is needed it may be left out. */
type Input<T> = RequiredKeysOf<Given<Parameters<T> & Body<T>>> extends never ? Given<Parameters<T> & Body<T>> | void : Given<Parameters<T> & Body<T>>;

// any: the interfaces of openapi-typescript have no index signature.
type Output<T> = T extends Record<string | number, any> ? Readable<SuccessResponse<ResponseObjectMap<T>>> : never;

type Procedures = typeof procedures;
type OperationOf<N extends keyof Procedures> = FilterKeys<FilterKeys<paths, Procedures[N][1]>, Procedures[N][0]>;
type Definition<T> = { input: Input<T>; output: Output<T>; meta: object };

/** The API as a tRPC router: operations that are called with GET or HEAD are queries, all others mutations. */
export type AppRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: TRPCDefaultErrorShape; transformer: false },
  {
    [N in keyof Procedures]: Procedures[N][0] extends 'get' | 'head'
      ? TRPCQueryProcedure<Definition<OperationOf<N>>>
      : TRPCMutationProcedure<Definition<OperationOf<N>>>;
  }
>;
