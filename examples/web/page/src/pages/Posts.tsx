import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answer, useApi, type Post } from '../api';
import { useProfile, useSession, useSubject } from '../hooks';
import { Empty, Loading, ProblemPanel, Title, When } from '../ui';

const first = 10;

export function PostsPage() {
  const api = useApi();
  const { state } = useSession();
  const { profile } = useProfile();
  const list = useInfiniteQuery({
    queryKey: [useSubject(), 'posts'],
    queryFn: ({ pageParam: after }) => answer(api.GET('/posts', { params: { query: after === undefined ? { first } : { first, after } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ posts }) => (posts.length < first ? undefined : posts.at(-1)?.id),
  });
  const posts = list.data?.pages.flatMap((page) => page.posts) ?? [];
  return (
    <>
      <div className="hero">
        <Title page="Posts">News from the harbour</Title>
        <p>Tides, boats and the people who look after them, written by the people who do.</p>
      </div>
      {list.isPending && <Loading what="The list of posts" />}
      {posts.map((post, i) => (
        <Teaser key={post.id} post={post} large={i === 0} />
      ))}
      {list.isSuccess && posts.length === 0 && (
        <Empty title="Nothing has been published yet">
          {profile?.permissions.includes('content:write') ? <Link href="/write">Write the first post</Link> : 'Come back soon.'}
          {state.kind === 'signedOut' && ' Authors can sign in and write the first post.'}
        </Empty>
      )}
      {list.error !== null && <ProblemPanel error={list.error} retry={() => void (list.data === undefined ? list.refetch() : list.fetchNextPage())} />}
      {list.hasNextPage && list.error === null && (
        <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
          {list.isFetchingNextPage ? 'Older posts are on their way' : 'Show older posts'}
        </button>
      )}
    </>
  );
}

function Teaser({ post, large }: { post: Post; large: boolean }) {
  return (
    <article className={large ? 'teaser large' : 'teaser'}>
      <h2>
        <Link href={`/posts/${post.id}`}>{post.title}</Link>
      </h2>
      {post.body !== '' && <p className="excerpt">{post.body}</p>}
      <p className="byline">
        {post.authorName || 'An author'} <span aria-hidden="true">·</span> <When at={post.createdAt} />
      </p>
    </article>
  );
}
