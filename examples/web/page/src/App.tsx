import type { ReactNode } from 'react';
import { Link, Route, Switch, useRoute } from 'wouter';
import { Account, SessionBanner } from './Account';
import { useProfile, useSession } from './hooks';
import mark from './mark.svg';
import { AccountPage } from './pages/AccountPage';
import { EditPage, WritePage } from './pages/Editor';
import { OwnPostsPage } from './pages/OwnPosts';
import { PeoplePage } from './pages/People';
import { PostPage } from './pages/PostPage';
import { PostsPage } from './pages/Posts';
import { ReportPage } from './pages/Report';
import { Loading, NotForYou, Notices, ProblemPanel, Title } from './ui';

export function App() {
  const { state } = useSession();
  return (
    <Notices>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header>
        <div className="frame">
          <Link href="/" className="brand">
            <img src={mark} alt="" width="32" height="32" />
            Harbour Notes
          </Link>
          <Menu />
          <Account />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <SessionBanner />
        {state.kind === 'starting' ? <Loading what="The page" /> : <Pages />}
      </main>
      <footer>
        <p className="frame">Harbour Notes is an example of authkeel. Its people and posts are made up.</p>
      </footer>
    </Notices>
  );
}

function Menu() {
  const { profile } = useProfile();
  const has = (...roles: string[]): boolean => roles.some((role) => profile?.roles.includes(role));
  return (
    <nav aria-label="Pages">
      <MenuLink to="/">Posts</MenuLink>
      {profile !== undefined && <MenuLink to="/mine">Your posts</MenuLink>}
      {profile?.permissions.includes('content:write') && <MenuLink to="/write">Write</MenuLink>}
      {has('admin', 'manager') && <MenuLink to="/report">Report</MenuLink>}
      {has('admin') && <MenuLink to="/people">People</MenuLink>}
    </nav>
  );
}

function MenuLink({ to, children }: { to: string; children: string }) {
  const [here] = useRoute(to);
  return (
    <Link href={to} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <PostsPage />
      </Route>
      <Route path="/posts/:id">{({ id }) => <PostPage key={id} id={id} />}</Route>
      <Route path="/posts/:id/edit">
        {({ id }) => (
          <SignedIn>
            <EditPage key={id} id={id} />
          </SignedIn>
        )}
      </Route>
      <Route path="/mine">
        <SignedIn>
          <OwnPostsPage />
        </SignedIn>
      </Route>
      <Route path="/write">
        <SignedIn permission="content:write" needs="authors">
          <WritePage />
        </SignedIn>
      </Route>
      <Route path="/report">
        <SignedIn roles={['admin', 'manager']} needs="admins and managers">
          <ReportPage />
        </SignedIn>
      </Route>
      <Route path="/people">
        <SignedIn roles={['admin']} needs="admins">
          <PeoplePage />
        </SignedIn>
      </Route>
      <Route path="/account">
        <SignedIn>
          <AccountPage />
        </SignedIn>
      </Route>
      <Route>
        <section className="problem">
          <Title page="Not found">There is nothing here</Title>
          <p>
            The address has a typing error, or the page is gone. <Link href="/">Read the posts</Link>
          </p>
        </section>
      </Route>
    </Switch>
  );
}

interface Needs {
  children: ReactNode;
  permission?: string;
  roles?: string[];
  /** Who has these rights, in words. */
  needs?: string;
}

/**
 * A part of the page for users who are signed in, and who have a right. It saves them a form that they cannot send. What
 * protects the data is the API, which decides at each request.
 */
function SignedIn({ children, permission, roles, needs = '' }: Needs) {
  const { session, state } = useSession();
  const { profile, error, retry } = useProfile();
  if (state.kind !== 'signedIn') {
    return (
      <section className="problem">
        <Title page="Sign in">Please sign in</Title>
        <p>This page is for people who are signed in. You come back here afterwards.</p>
        <button type="button" className="primary" onClick={() => void session.signIn()}>
          Sign in to go on
        </button>
      </section>
    );
  }
  if (permission === undefined && roles === undefined) return children;
  if (profile === undefined) return error === null ? <Loading what="The page" /> : <ProblemPanel error={error} retry={retry} />;
  const may = (permission === undefined || profile.permissions.includes(permission)) && (roles === undefined || roles.some((role) => profile.roles.includes(role)));
  return may ? children : <NotForYou needs={needs} />;
}
