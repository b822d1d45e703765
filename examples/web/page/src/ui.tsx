import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import { useNow, useSession } from './hooks';
import { forbidden, problemOf } from './problem';

let opened = false;

/** The heading of a page. It gets the focus when the page is opened by a link, as the top of a new document would. */
export function Title({ children, page = children }: { children: string; page?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${page} – Harbour Notes`;
  }, [page]);
  useEffect(() => {
    if (opened) heading.current?.focus();
    opened = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** Lines that take the place of what is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">{what} is on its way.</span>
      <span className="bar" />
      <span className="bar" />
      <span className="bar short" />
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

/** An error in words, with what the user can do about it. `text` replaces the words of a missing right. */
export function ProblemPanel({ error, retry, text }: { error: unknown; retry?: () => void; text?: string }) {
  const { session } = useSession();
  const problem = problemOf(error);
  const words = problem.title === forbidden ? (text ?? problem.text) : problem.text;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest' }); // which returns a promise in newer browsers
  }, [error]);
  return (
    <section className="problem" ref={panel}>
      <div role="alert">
        <h2>{problem.title}</h2>
        {words !== '' && <p>{words}</p>}
      </div>
      {problem.action === 'sign-in' && (
        <button type="button" className="primary" onClick={() => void session.signIn()}>
          Sign in again
        </button>
      )}
      {problem.action === 'retry' && retry !== undefined && <Retry error={error} wait={problem.wait ?? 0} retry={retry} />}
    </section>
  );
}

/** A button that can be pressed when it makes sense to try again. */
function Retry({ error, wait, retry }: { error: unknown; wait: number; retry: () => void }) {
  const now = useNow();
  const [until, setUntil] = useState(0);
  useEffect(() => setUntil(wait === 0 ? 0 : Date.now() + wait * 1000), [error, wait]);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <button type="button" className="primary" aria-disabled={left > 0} onClick={() => left === 0 && retry()}>
      {left > 0 ? `Try again in ${left} s` : 'Try again'}
    </button>
  );
}

/** What a page shows that the user may not see. */
export function NotForYou({ needs }: { needs: string }) {
  return (
    <section className="problem">
      <Title page="Not for your account">You may not see this page</Title>
      <p>It is for {needs}. An admin of the site can make you one.</p>
    </section>
  );
}

const NoticeContext = createContext<(text: string) => void>(() => undefined);

/** Says something to the user: on the screen, and to screen readers. */
export const useNotice = (): ((text: string) => void) => useContext(NoticeContext);

export function Notices({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState({ text: '', number: 0 });
  const say = useCallback((text: string) => setNotice(({ number }) => ({ text, number: number + 1 })), []);
  useEffect(() => {
    if (notice.text === '') return undefined;
    const timer = setTimeout(() => setNotice({ text: '', number: notice.number }), 8_000);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <NoticeContext value={say}>
      {children}
      <div className="notice" role="status" aria-live="polite">
        {notice.text !== '' && <p key={notice.number}>{notice.text}</p>}
      </div>
    </NoticeContext>
  );
}

/** A dialog that asks before something is done that cannot be taken back. */
export function Confirm({ title, text, action, onConfirm, onClose }: { title: string; text: string; action: string; onConfirm: () => void; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      <p>{text}</p>
      <div className="row">
        <button type="button" onClick={() => dialog.current?.close()} autoFocus>
          Keep it
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            onConfirm();
            dialog.current?.close();
          }}
        >
          {action}
        </button>
      </div>
    </dialog>
  );
}

const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

export function When({ at }: { at: string }) {
  return <time dateTime={at}>{dates.format(new Date(at))}</time>;
}

/** A length of time as clocks show it: 4:05. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
