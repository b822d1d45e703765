import type { Format } from './wire.js';

/** How the API's document has requests written, by method and path, where that is not the default. */
export const formats: Readonly<Record<string, Format>> = {
  'GET /status': { query: { tags: ['pipeDelimited', false] } },
};
