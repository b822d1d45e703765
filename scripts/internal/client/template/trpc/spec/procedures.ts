/** The API's operations by name: method, path, and the type of a body that is not JSON. */
export const procedures = {
  getStatus: ['get', '/status'],
  updateNote: ['put', '/notes/{id}'],
} as const;
