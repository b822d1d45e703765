import '@fontsource-variable/inter';
import '@fontsource-variable/newsreader';
import './style/base.css';
import './style/layout.css';
import './style/forms.css';
import './style/content.css';
import './style/messages.css';
import './style/layers.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProvider, createClient } from './api';
import { App } from './App';
import { SessionProvider } from './hooks';
import { Session } from './session';
import { loadSettings } from './settings';

const root = createRoot(document.getElementById('root')!);

try {
  const settings = await loadSettings();
  const session = new Session(settings);
  const api = createClient({ baseUrl: settings.api, getToken: session.token });
  // The client has repeated what makes sense to repeat. Each page shows its errors, with a button to try again.
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: false }, mutations: { retry: false, networkMode: 'always' } } });
  session.subscribe(() => {
    if (session.state().kind === 'signedOut') queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'everybody' });
  });
  root.render(
    <StrictMode>
      <SessionProvider value={session}>
        <ApiProvider value={api}>
          <QueryClientProvider client={queries}>
            <App />
          </QueryClientProvider>
        </ApiProvider>
      </SessionProvider>
    </StrictMode>,
  );
  await session.start();
} catch (error) {
  console.error(error);
  root.render(
    <section className="problem" role="alert">
      <h1>The page cannot be shown</h1>
      <p>The server does not answer as it should. Load the page again in a moment.</p>
    </section>,
  );
}
