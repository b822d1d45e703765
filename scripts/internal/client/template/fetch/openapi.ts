import { answerOf, bodyOf, formatOf, pathWith, queryOf } from './wire.js';

/** The parts of a call of openapi-fetch that say what goes over the wire. */
export interface Init {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, unknown> };
  body?: unknown;
  headers?: unknown;
  parseAs?: string;
  querySerializer?: unknown;
  bodySerializer?: unknown;
  pathSerializer?: unknown;
}

export interface Result {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/**
 * A call of openapi-fetch with the serializers that the operation's document asks for, and an answer that is read by its
 * Content-Type. What the caller or the client's settings choose themselves stays.
 */
export async function callAsDocumented(send: (init: Init) => Promise<Result>, method: string, path: string, given: Init = {}, settings: Init = {}): Promise<Result> {
  const format = formatOf(method, path);
  const init: Init = { ...given };
  if ((given.pathSerializer ?? settings.pathSerializer) === undefined) {
    init.pathSerializer = (template: string, values: Record<string, unknown>) => pathWith(format, template, values);
    init.params = { ...given.params, path: given.params?.path ?? {} };
  }
  if ((given.querySerializer ?? settings.querySerializer) === undefined) init.querySerializer = (values: Record<string, unknown>) => queryOf(format, values);
  if (given.body !== undefined && (given.bodySerializer ?? settings.bodySerializer) === undefined) {
    const { body, type } = bodyOf(format, given.body, contentType(given.params?.header) ?? contentType(given.headers) ?? contentType(settings.headers));
    init.bodySerializer = () => body;
    const header = Object.entries(given.params?.header ?? {}).filter(([name]) => name.toLowerCase() !== 'content-type');
    init.params = { ...init.params, header: { ...Object.fromEntries(header), 'Content-Type': type ?? null } };
  }
  if ((given.parseAs ?? settings.parseAs) !== undefined) return send(init);
  const result = await send({ ...init, parseAs: 'stream' });
  if (result.response.ok && result.data !== undefined) return { ...result, data: await answerOf(result.response) };
  return result;
}

/** The Content-Type in headers of any form, as far as one is there. */
function contentType(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const list: [unknown, unknown][] = headers instanceof Headers || Array.isArray(headers) ? [...(headers as Iterable<[unknown, unknown]>)] : Object.entries(headers);
  const found = list.find(([name, value]) => String(name).toLowerCase() === 'content-type' && typeof value === 'string');
  return found === undefined ? undefined : String(found[1]);
}
