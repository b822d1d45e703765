import { useQuery } from '@tanstack/react-query';
import { answer, useApi } from '../api';
import { useProfile, useSession, useSubject } from '../hooks';
import { Loading, ProblemPanel, Title } from '../ui';

export function AccountPage() {
  const { state } = useSession();
  const { profile, error, retry } = useProfile();
  if (state.kind !== 'signedIn') return null;
  return (
    <>
      <div className="hero">
        <Title>Your account</Title>
        <p>What the sign-in service and the API know about you.</p>
      </div>
      {error !== null ? <ProblemPanel error={error} retry={retry} /> : profile === undefined && <Loading what="Your account" />}
      {profile !== undefined && (
        <dl className="facts">
          <dt>Name</dt>
          <dd>{state.name}</dd>
          <dt>Email</dt>
          <dd>{state.email || 'not known'}</dd>
          <dt>Roles</dt>
          <dd>{profile.roles.join(', ') || 'none'}</dd>
          <dt>Permissions</dt>
          <dd>{profile.permissions.join(', ') || 'none'}</dd>
          <dt>Organization</dt>
          <dd>{profile.organizationId === '' ? 'none' : <Organization id={profile.organizationId} />}</dd>
          <dt>User ID</dt>
          <dd>
            <code>{profile.userId}</code>
          </dd>
        </dl>
      )}
    </>
  );
}

function Organization({ id }: { id: string }) {
  const api = useApi();
  const { data, error } = useQuery({ queryKey: [useSubject(), 'organization', id], queryFn: () => answer(api.GET('/orgs/{org}', { params: { path: { org: id } } })) });
  if (data === undefined) return <>{error === null ? '…' : id}</>;
  return <>{[data.slug || data.id, data.role].filter((part) => part !== '').join(', as ')}</>;
}
