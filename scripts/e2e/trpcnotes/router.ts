// Code generated from the Go procedures by trpc.Router.TypeScript. DO NOT EDIT.
import type { TRPCBuiltRouter, TRPCDefaultErrorShape, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server';

type Query<In, Out> = TRPCQueryProcedure<{ input: In; output: Out; meta: object }>;
type Mutation<In, Out> = TRPCMutationProcedure<{ input: In; output: Out; meta: object }>;

// What the Go handler says of an error beside tRPC's own members.
interface ErrorShape extends TRPCDefaultErrorShape {
  data: TRPCDefaultErrorShape['data'] & { retryAfter?: number; scope?: string };
}

type Root = { ctx: object; meta: object; errorShape: ErrorShape; transformer: false };

export type AppRouter = TRPCBuiltRouter<Root, {
  health: Query<void, string>;
  me: Query<void, { "userId": string }>;
  notes: {
    create: Mutation<{ "text": string }, { "id": string; "text": string; "author": string }>;
    delete: Mutation<{ "id": string }, null>;
    list: Query<{ "limit": number } | void, Array<{ "id": string; "text": string; "author": string }>>;
  };
}>;
