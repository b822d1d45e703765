import { formats } from './formats.js';

/** How a parameter or a field is written: its style and whether a list or an object is spread (OpenAPI, Parameter Object). */
export type Style = readonly [style: string, explode: boolean];

/** What an operation's document says about its request where that is not the default, which is JSON and `form`. */
export interface Format {
  /** The media type of the body. */
  readonly body?: string;
  readonly path?: Readonly<Record<string, Style>>;
  readonly query?: Readonly<Record<string, Style>>;
  /** The fields of a form: their styles, and the media types of parts. */
  readonly fields?: Readonly<Record<string, { readonly style?: Style; readonly type?: string }>>;
}

type Values = Readonly<Record<string, unknown>>;

export function formatOf(method: string, path: string): Format {
  return own(formats, `${method.toUpperCase()} ${path}`) ?? {};
}

/**
 * The path with its parameters. A parameter must stay within its segment: an empty one, `.` and `..` would lead to
 * another operation, because URLs resolve them. They are a TypeError, as a parameter that is missing is.
 */
export function pathWith(format: Format, template: string, values: Values = {}): string {
  const path = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = own(values, name);
    if (value === undefined || value === null || value === '') throw new TypeError(`the path parameter ${name} is missing or empty`);
    if (texts(value).some(leavesSegment)) throw new TypeError(`the path parameter ${name} has a segment . or .., which leads to another address`);
    const [style, explode] = own(format.path, name) ?? ['simple', false];
    if (style === 'label') return `.${joined(value, explode ? '.' : ',', explode)}`;
    if (style === 'matrix') return matrix(name, value, explode);
    return joined(value, ',', explode);
  });
  // Two parameters can share a segment: `{name}.{extension}`.
  const segments = template.split('/');
  path.split('/').forEach((segment, i) => {
    if (segments[i] !== segment && leavesSegment(segment)) throw new TypeError(`the path parameters of ${template} make a segment . or .., which leads to another address`);
  });
  return path;
}

function leavesSegment(text: string): boolean {
  return text
    .replace(/%2e/gi, '.')
    .split(/[/\\]|%2f|%5c/i)
    .some((part) => part === '.' || part === '..');
}

/** The query without its question mark. Members that are undefined or null are left out. */
export function queryOf(format: Format, values: Values = {}): string {
  return Object.entries(values)
    .flatMap(([name, value]) => pairs(name, value, own(format.query, name) ?? ['form', true]))
    .join('&');
}

const separators: Readonly<Record<string, string>> = { form: ',', spaceDelimited: '%20', pipeDelimited: '%7C' };

function pairs(name: string, value: unknown, [style, explode]: Style): string[] {
  if (value === undefined || value === null) return [];
  const key = encodeURIComponent(name);
  if (style === 'json') return [`${key}=${encodeURIComponent(JSON.stringify(value))}`];
  if (!isObject(value)) return [`${key}=${encode(value)}`];
  if (style === 'deepObject') return entries(value).flatMap(([member, v]) => deep(Array.isArray(value) ? key : `${key}[${encodeURIComponent(member)}]`, v));
  if (!explode) return [`${key}=${joined(value, own(separators, style) ?? ',', false)}`];
  return entries(value).map(([member, v]) => `${Array.isArray(value) ? key : encodeURIComponent(member)}=${encode(v)}`);
}

function deep(key: string, value: unknown): string[] {
  if (!isObject(value)) return [`${key}=${encode(value)}`];
  return entries(value).flatMap(([member, v]) => deep(Array.isArray(value) ? key : `${key}[${encodeURIComponent(member)}]`, v));
}

function matrix(name: string, value: unknown, explode: boolean): string {
  if (!isObject(value) || !explode) return `;${name}=${joined(value, ',', false)}`;
  return entries(value).map(([member, v]) => `;${Array.isArray(value) ? name : encodeURIComponent(member)}=${encode(v)}`).join('');
}

function joined(value: unknown, separator: string, explode: boolean): string {
  if (!isObject(value)) return encode(value);
  if (Array.isArray(value)) return entries(value).map(([, v]) => encode(v)).join(separator);
  return entries(value).map(([member, v]) => `${encodeURIComponent(member)}${explode ? '=' : separator}${encode(v)}`).join(separator);
}

/** What goes over the wire. Without a type the runtime names the type itself, with the boundary of a form. */
export interface WireBody {
  readonly body: BodyInit;
  readonly type: string | undefined;
}

/** The body as the document has it, or as the media type that the caller chose. */
export function bodyOf(format: Format, body: unknown, chosen?: string): WireBody {
  const type = chosen ?? format.body ?? 'application/json';
  const media = (type.split(';')[0] ?? '').trim().toLowerCase();
  if (body instanceof FormData || body instanceof URLSearchParams) return { body, type: undefined };
  const json = media === 'application/json' || media.endsWith('+json');
  if (isRaw(body)) {
    const known = (json && chosen === undefined) || media.includes('*') ? undefined : type;
    return { body, type: known ?? ((body instanceof Blob && body.type) || 'application/octet-stream') };
  }
  if (json) return { body: JSON.stringify(body), type };
  if (media === 'application/x-www-form-urlencoded' && isObject(body)) return { body: formOf(format, body), type };
  if (media.startsWith('multipart/') && isObject(body)) return { body: partsOf(format, body), type: undefined };
  if (media.includes('*')) return { body: typeof body === 'string' ? body : JSON.stringify(body), type: typeof body === 'string' ? 'text/plain' : 'application/json' };
  if (isObject(body)) throw new TypeError(`a body of the type ${media} has to be a string, a Blob, bytes or a stream`);
  return { body: String(body), type };
}

function formOf(format: Format, fields: object): string {
  return entries(fields)
    .flatMap(([name, value]) => {
      const style = own(format.fields, name)?.style;
      if (style === undefined && isObject(value) && !Array.isArray(value)) return pairs(name, value, ['json', false]);
      return pairs(name, value, style ?? ['form', true]);
    })
    .join('&')
    .replaceAll('%20', '+');
}

function partsOf(format: Format, fields: object): FormData {
  const form = new FormData();
  for (const [name, value] of entries(fields)) {
    const type = own(format.fields, name)?.type;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined || item === null) continue;
      if (item instanceof Blob && type === undefined) form.append(name, item);
      else if (item instanceof Blob || item instanceof ArrayBuffer || ArrayBuffer.isView(item)) form.append(name, new Blob([item as BlobPart], type === undefined ? {} : { type }));
      else if (type === undefined) form.append(name, isObject(item) ? JSON.stringify(item) : plain(item));
      else form.append(name, new Blob([isObject(item) ? JSON.stringify(item) : plain(item)], { type }));
    }
  }
  return form;
}

/** What is sent as it is. */
function isRaw(body: unknown): body is BodyInit & object {
  if (typeof body !== 'object' || body === null) return false;
  return ArrayBuffer.isView(body) || [ArrayBuffer, Blob, ReadableStream].some((type) => body instanceof type);
}

/** An answer's body by its Content-Type: JSON is parsed, text is a string, everything else a Blob; undefined when there is none. */
export async function answerOf(response: Response): Promise<unknown> {
  const type = (response.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (isTextual(type)) return parsed(type, await response.text());
  const blob = await response.blob();
  if (blob.size === 0) return undefined;
  return type === '' ? parsed(type, await blob.text()) : blob;
}

export function isTextual(type: string): boolean {
  return isJSON(type) || /^text\/|[/+]xml$|^application\/(x-www-form-urlencoded|javascript|yaml|x-yaml|graphql|x-ndjson|jsonl)$/.test(type);
}

function isJSON(type: string): boolean {
  return /[/+]json$/.test(type);
}

/** Text as its media type has it. Without one it is JSON where it can be. */
export function parsed(type: string, text: string): unknown {
  if (text === '') return undefined;
  if (isJSON(type)) return JSON.parse(text);
  if (type !== '') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A member of its own: names come from documents and servers, and `constructor` is on every object. */
function own<T>(members: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, v]) => v !== undefined && v !== null);
}

function texts(value: unknown): string[] {
  return isObject(value) ? entries(value).flatMap(([name, v]) => (Array.isArray(value) ? [plain(v)] : [name, plain(v)])) : [plain(value)];
}

function plain(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return isObject(value) ? JSON.stringify(value) : String(value);
}

function encode(value: unknown): string {
  return encodeURIComponent(plain(value));
}
