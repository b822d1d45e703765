import { useQuery } from '@tanstack/react-query';
import { answer, useApi } from '../api';
import { useSubject } from '../hooks';
import { Loading, ProblemPanel, Title } from '../ui';

export function ReportPage() {
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: [useSubject(), 'report'], queryFn: () => answer(api.GET('/reports')) });
  return (
    <>
      <div className="hero">
        <Title>Report</Title>
        <p>How the site is doing, as of now.</p>
      </div>
      {error !== null ? <ProblemPanel error={error} retry={() => void refetch()} /> : data === undefined && <Loading what="The report" />}
      {data !== undefined && (
        <dl className="figures">
          <Figure name="Posts" value={data.posts} />
          <Figure name="Published" value={data.published} />
          <Figure name="Drafts" value={data.posts - data.published} />
          <Figure name="People" value={data.users} />
        </dl>
      )}
    </>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString('en')}</dd>
    </div>
  );
}
