import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { useNow, useSession } from './hooks';
import type { SessionState } from './session';
import { clock, useNotice } from './ui';

/** The corner of the page that says who is signed in, and for how long. */
export function Account() {
  const { session, state } = useSession();
  if (state.kind === 'starting') return <span className="account-place" />;
  if (state.kind === 'signedOut') {
    return (
      <button type="button" className="primary" onClick={() => void session.signIn()}>
        Sign in
      </button>
    );
  }
  return <Menu state={state} />;
}

function Menu({ state }: { state: SessionState & { kind: 'signedIn' } }) {
  const { session } = useSession();
  const notice = useNotice();
  const menu = useRef<HTMLDetailsElement>(null);
  const [path] = useLocation();
  const close = (): void => menu.current?.removeAttribute('open');
  useEffect(close, [path]);
  useEffect(() => {
    const outside = (event: Event): void => {
      if (!menu.current?.contains(event.target as Node)) close();
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !menu.current?.open) return;
      close();
      menu.current.querySelector('summary')?.focus();
    };
    document.addEventListener('click', outside);
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('click', outside);
      document.removeEventListener('keydown', escape);
    };
  }, []);

  const renew = (): void => {
    session.renew().then(
      (user) => user !== undefined && notice('Your session was renewed.'),
      () => notice('The sign-in service cannot be reached. The page goes on trying.'),
    );
  };
  return (
    <details className="account" ref={menu}>
      <summary>
        <span className="face" aria-hidden="true">
          {state.name.charAt(0)}
        </span>
        <span>{state.name}</span>
      </summary>
      <div className="menu">
        <p className="who">
          <strong>{state.name}</strong>
          <span>{state.email}</span>
        </p>
        <Remaining state={state} />
        <Link href="/account">Your account</Link>
        <button type="button" onClick={renew}>
          Renew the session now
        </button>
        <button type="button" onClick={() => void session.signOut()}>
          Sign out
        </button>
      </div>
    </details>
  );
}

function Remaining({ state }: { state: SessionState & { kind: 'signedIn' } }) {
  const now = useNow();
  if (state.renewalFailed) {
    return <p className="session failing">The session could not be renewed yet. It ends in {clock(state.expiresAt - now)}.</p>;
  }
  return <p className="session">The session is renewed in {clock(state.renewsAt - now)}.</p>;
}

/** A line above the page when the session ends soon, or has ended. */
export function SessionBanner() {
  const { session, state } = useSession();
  if (state.kind === 'signedIn' && state.renewalFailed) {
    return (
      <div className="banner" role="alert">
        <p>The sign-in service cannot be reached. Your session ends soon unless it comes back.</p>
        <Countdown to={state.expiresAt} />
      </div>
    );
  }
  if (state.kind !== 'signedOut' || state.reason === undefined) return null;
  const text = {
    ended: 'Your session has ended. Sign in again to go on. What you have written is kept.',
    cancelled: 'You did not sign in. You can read what is public.',
    failed: 'The sign-in did not work. Please try it again.',
    unreachable: 'The sign-in service cannot be reached. You can read what is public, and sign in later.',
  }[state.reason];
  return (
    <div className="banner" role="alert">
      <p>{text}</p>
      <button type="button" onClick={() => void session.signIn()}>
        Sign in
      </button>
    </div>
  );
}

/** The time that is left. Screen readers do not see it: they would read it out each second. */
function Countdown({ to }: { to: number }) {
  return <strong aria-hidden="true">{clock(to - useNow())}</strong>;
}
