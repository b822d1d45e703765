export interface paths {
  '/status': {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: { responses: { 200: { headers: { [name: string]: unknown }; content: { 'application/json': { up: boolean } } } } };
  };
  '/notes/{id}': {
    parameters: { query?: { fields?: string[] }; header?: never; path: { id: string }; cookie?: never };
    put: {
      parameters: { query?: { fields?: string[] }; header?: never; path: { id: string }; cookie?: never };
      requestBody: { content: { 'application/json': { text: string } } };
      responses: { 200: { headers: { [name: string]: unknown }; content: { 'application/json': { id: string; text: string } } } };
    };
  };
}
