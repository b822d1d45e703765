/** What differs between places where the page is served. The server has it in /settings.json. */
export interface Settings {
  /** The address of the OpenID Connect issuer. */
  issuer: string;
  /** The ID of this page at the issuer: a public client, which has no secret. */
  clientId: string;
  /** The address of the API. */
  api: string;
}

export async function loadSettings(): Promise<Settings> {
  const response = await fetch('/settings.json', { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`/settings.json: the server answered ${response.status}`);
  const found = (await response.json()) as Record<string, unknown>;
  const text = (name: string): string => {
    const value = found[name];
    if (typeof value !== 'string' || value === '') throw new Error(`/settings.json: ${name} must be a string that is not empty`);
    return value;
  };
  return { issuer: text('issuer'), clientId: text('clientId'), api: text('api') };
}
