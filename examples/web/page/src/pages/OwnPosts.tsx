import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answer, useApi } from '../api';
import { useProfile, useSubject } from '../hooks';
import { Empty, Loading, ProblemPanel, Title, When } from '../ui';
import { DeleteButton } from './PostPage';

export function OwnPostsPage() {
  const api = useApi();
  const { profile } = useProfile();
  const { data, error, refetch } = useQuery({
    queryKey: [useSubject(), 'posts', 'mine'],
    queryFn: () => answer(api.GET('/me/posts', { params: { query: { first: 100 } } })),
  });
  const writes = profile?.permissions.includes('content:write');
  return (
    <>
      <div className="hero split">
        <div>
          <Title>Your posts</Title>
          <p>Others see a post when it is published. Nobody but you sees your drafts.</p>
        </div>
        {writes && (
          <Link href="/write" className="button primary">
            Write a post
          </Link>
        )}
      </div>
      {error !== null ? <ProblemPanel error={error} retry={() => void refetch()} /> : data === undefined && <Loading what="The list of your posts" />}
      {data?.posts.length === 0 && (
        <Empty title="You have not written anything yet">{writes ? <Link href="/write">Write your first post</Link> : 'Your account may read. An admin can let you write, too.'}</Empty>
      )}
      {data !== undefined && data.posts.length > 0 && (
        <ul className="list">
          {data.posts.map((post) => (
            <li key={post.id}>
              <div>
                <h2>
                  <Link href={`/posts/${post.id}`}>{post.title}</Link>
                </h2>
                <p className="byline">
                  <span className={post.published ? 'badge public' : 'badge'}>{post.published ? 'Published' : 'Draft'}</span>
                  <When at={post.createdAt} />
                </p>
              </div>
              <div className="row">
                <Link href={`/posts/${post.id}/edit`} className="button" aria-label={`Edit “${post.title}”`}>
                  Edit
                </Link>
                <DeleteButton id={post.id} title={post.title} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
