/** The API's operations by name: method and path. */
export const procedures = {
  getStatus: ['get', '/status'],
  updateNote: ['put', '/notes/{id}'],
} as const;
