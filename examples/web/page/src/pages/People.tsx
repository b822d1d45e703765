import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, useApi, type Role, type User } from '../api';
import { useProfile, useSubject } from '../hooks';
import { Empty, Loading, ProblemPanel, Title, useNotice } from '../ui';

const roles: [Role, string][] = [
  ['', 'No role'],
  ['editor', 'Editor'],
  ['manager', 'Manager'],
  ['admin', 'Admin'],
];

export function PeoplePage() {
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: [useSubject(), 'users'],
    queryFn: () => answer(api.GET('/users', { params: { query: { first: 100 } } })),
  });
  return (
    <>
      <div className="hero">
        <Title>People</Title>
        <p>Everybody who has written a post. A role counts from the person’s next click on; they need not sign in again.</p>
      </div>
      {error !== null ? <ProblemPanel error={error} retry={() => void refetch()} /> : data === undefined && <Loading what="The list of people" />}
      {data?.users.length === 0 && <Empty title="Nobody is here yet">People appear here when they write their first post.</Empty>}
      {data !== undefined && data.users.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Email</th>
              <th scope="col">Role from this site</th>
            </tr>
          </thead>
          <tbody>
            {data.users.map((user) => (
              <Person key={user.id} user={user} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Person({ user }: { user: User }) {
  const api = useApi();
  const subject = useSubject();
  const { profile } = useProfile();
  const queries = useQueryClient();
  const notice = useNotice();
  const name = user.name || user.id;
  const change = useMutation({
    mutationFn: (role: Role) => answer(api.PUT('/users/{id}/role', { params: { path: { id: user.id } }, body: { role } })),
    onSuccess: async ({ role }) => {
      notice(role === '' ? `${name} has no role any more.` : `${name} has the role ${label(role).toLowerCase()} now.`);
      await queries.invalidateQueries({ queryKey: [subject, 'users'] });
    },
  });
  const self = profile?.userId === user.id;
  return (
    <>
      <tr>
        <th scope="row" data-label="Name">
          {name}
        </th>
        <td data-label="Email">{user.email || 'not known'}</td>
        <td data-label="Role from this site">
          {self ? (
            <span className="hint">You cannot change your own role.</span>
          ) : (
            <select aria-label={`Role of ${name}`} value={change.isPending ? change.variables : user.role} disabled={change.isPending} onChange={(event) => change.mutate(event.target.value as Role)}>
              {roles.map(([role, text]) => (
                <option key={role} value={role}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </td>
      </tr>
      {change.error !== null && (
        <tr>
          <td colSpan={3}>
            <ProblemPanel error={change.error} retry={() => change.variables !== undefined && change.mutate(change.variables)} text={`Your account may not change the role of ${name}. It is as it was.`} />
          </td>
        </tr>
      )}
    </>
  );
}

function label(role: string): string {
  return roles.find(([value]) => value === role)?.[1] ?? role;
}
