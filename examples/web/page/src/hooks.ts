import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { answer, useApi } from './api';
import type { components } from './client/blog';
import type { Session, SessionState } from './session';

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

export function useSession(): { session: Session; state: SessionState } {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession is outside of SessionProvider');
  return { session, state: useSyncExternalStore(session.subscribe, session.state) };
}

/**
 * Whose data a query has. It is the first part of the key of every query, so that nobody sees what was fetched for
 * somebody else.
 */
export function useSubject(): string {
  const { state } = useSession();
  return state.kind === 'signedIn' ? `user ${state.subject}` : 'everybody';
}

/** What the API says that the user may do. It is for showing and hiding parts of the page: the API decides by itself. */
export function useProfile(): { profile: components['schemas']['Profile'] | undefined; error: unknown; retry: () => void } {
  const api = useApi();
  const { state } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: [useSubject(), 'me'],
    queryFn: () => answer(api.GET('/me')),
    enabled: state.kind === 'signedIn',
    staleTime: 30_000,
  });
  return { profile: state.kind === 'signedIn' ? data : undefined, error, retry: () => void refetch() };
}

/** The time in milliseconds, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
