// A front end that is there already, with a bundler's settings, and a client beside it.
import { createClient } from './api';

const api = createClient({ baseUrl: 'https://api.example.test/v1', getToken: () => null });
const { data } = await api.POST('/notes', { body: { text: 'x' } });
data?.text satisfies string | undefined;
// @ts-expect-error the text is a string
await api.POST('/notes', { body: { text: 1 } });
