import { ErrorResponse, InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import type { Settings } from './settings';

/** Why nobody is signed in; undefined when nobody has been. */
export type Reason = 'ended' | 'cancelled' | 'failed' | 'unreachable';

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedOut'; readonly reason: Reason | undefined }
  | {
      readonly kind: 'signedIn';
      readonly subject: string;
      readonly name: string;
      readonly email: string;
      /** When the access token is no longer accepted, in milliseconds. */
      readonly expiresAt: number;
      /** When the page asks for the next one, in milliseconds. */
      readonly renewsAt: number;
      /** The last attempt to renew it found no issuer; the next one is under way. */
      readonly renewalFailed: boolean;
    };

/** How long to wait before the issuer is asked again that could not be reached. */
const retryAfter = 5_000;

/** The longest wait that setTimeout takes, in milliseconds. */
const longestWait = 2 ** 31 - 1;

/** Errors of an issuer that do not end a session (RFC 6749 section 4.1.2.1). */
const passing = ['server_error', 'temporarily_unavailable'];

const returnedTo = '/signed-in';
const wasSignedIn = 'signed-in';

/**
 * Who is signed in. The tokens are in the memory of this page alone: no other page, and no script that reads the
 * browser's storage later, finds them. After a reload the page therefore asks the issuer again, where the user still has
 * a session, without a question to the user.
 */
export class Session {
  #state: SessionState = { kind: 'starting' };
  #user: User | undefined;
  #renewal: Promise<User | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #manager: UserManager;

  constructor(settings: Settings) {
    this.#manager = new UserManager({
      authority: settings.issuer,
      client_id: settings.clientId,
      redirect_uri: location.origin + returnedTo,
      post_logout_redirect_uri: `${location.origin}/`,
      scope: 'openid profile email offline_access',
      userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }), // the code verifier, until the user is back
      automaticSilentRenew: false, // #schedule does it, also for tokens that live shorter than a minute
      requestTimeoutInSeconds: 10,
    });
    document.addEventListener('visibilitychange', () => this.#schedule()); // timers do not run in a computer that sleeps
  }

  // For useSyncExternalStore.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): SessionState => this.#state;

  /** Finishes a sign-in when the address is that of one, and takes up the session of a page that was loaded again. */
  async start(): Promise<void> {
    await this.#manager.clearStaleState(); // of sign-ins that were given up
    if (location.pathname === returnedTo) return this.#finish();
    if (sessionStorage.getItem(wasSignedIn) === null) return this.#signedOut(undefined);
    await this.#redirect({ prompt: 'none' });
  }

  /** Leaves the page for the issuer's, which sends the user back to where they are now. */
  readonly signIn = (): Promise<void> => this.#redirect({});

  async #redirect(options: { prompt?: string }): Promise<void> {
    try {
      // A page that leads to an issuer which is down would be lost to the browser's own error page.
      await fetch(`${this.#manager.settings.authority.replace(/\/$/, '')}/.well-known/openid-configuration`, { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      await this.#manager.signinRedirect({ ...options, state: location.pathname + location.search });
    } catch {
      this.#signedOut('unreachable');
    }
  }

  async #finish(): Promise<void> {
    let reason: Reason | undefined;
    let to: unknown = '/';
    try {
      const user = await this.#manager.signinRedirectCallback();
      to = user.state;
      this.#signedIn(user);
    } catch (error) {
      reason = 'failed';
      if (error instanceof ErrorResponse) {
        to = error.state;
        if (error.error === 'access_denied') reason = 'cancelled';
        if (error.error === 'login_required') reason = 'ended'; // the answer to prompt=none
      }
    }
    // The code and the state go out of the address and of the history.
    history.replaceState(null, '', typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/');
    if (this.#user === undefined) this.#signedOut(reason);
  }

  /** Ends the session here and at the issuer. */
  readonly signOut = async (): Promise<void> => {
    const hint = this.#user?.id_token;
    this.#forget();
    sessionStorage.clear(); // texts that were not sent yet, too
    try {
      await this.#manager.signoutRedirect(hint === undefined ? {} : { id_token_hint: hint });
    } catch {
      this.#signedOut(undefined); // the issuer cannot be reached; here it is over all the same
    }
  };

  /** What the generated client asks for a token. */
  readonly token = async ({ skipCache }: { skipCache: boolean }): Promise<string | null> => {
    if (this.#user === undefined) return null;
    const user = skipCache ? await this.renew() : this.#user;
    return user?.access_token ?? null;
  };

  /** Gets a new access token; undefined when the session has ended. Rejects when the issuer cannot be reached. */
  readonly renew = (): Promise<User | undefined> => {
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  };

  async #renew(): Promise<User | undefined> {
    try {
      const user = await this.#manager.signinSilent();
      if (user === null || user.profile.sub !== this.#user?.profile.sub) throw new ErrorResponse({ error: 'login_required' });
      this.#signedIn(user);
      return user;
    } catch (error) {
      if (error instanceof ErrorResponse && !passing.includes(error.error ?? '')) { // the user was removed, or signed out elsewhere
        if (this.#user !== undefined) this.#signedOut('ended');
        return undefined;
      }
      if (this.#state.kind === 'signedIn') this.#set({ ...this.#state, renewsAt: Date.now() + retryAfter, renewalFailed: true });
      this.#schedule();
      throw error;
    }
  }

  #signedIn(user: User): void {
    this.#user = user;
    sessionStorage.setItem(wasSignedIn, '1');
    const lifetime = (user.expires_in ?? 300) * 1000;
    const expiresAt = Date.now() + lifetime;
    const { sub, name, email } = user.profile;
    // The last quarter of its life, a minute at most, is for attempts to renew it.
    const renewsAt = expiresAt - Math.min(60_000, lifetime / 4);
    this.#set({ kind: 'signedIn', subject: sub, name: name ?? sub, email: email ?? '', expiresAt, renewsAt, renewalFailed: false });
    this.#schedule();
  }

  #signedOut(reason: Reason | undefined): void {
    this.#forget();
    this.#set({ kind: 'signedOut', reason });
  }

  #forget(): void {
    this.#user = undefined;
    clearTimeout(this.#timer);
    sessionStorage.removeItem(wasSignedIn);
    void this.#manager.removeUser();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#state.kind !== 'signedIn') return;
    const { expiresAt, renewsAt } = this.#state;
    const next = Math.min(expiresAt, renewsAt);
    this.#timer = setTimeout(() => {
      if (Date.now() >= expiresAt && this.#state.kind === 'signedIn' && this.#state.renewalFailed) return this.#signedOut('ended');
      this.renew().catch(() => undefined); // it has set renewalFailed, and the next timer
    }, Math.min(longestWait, Math.max(0, next - Date.now())));
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
