import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { answer, useApi } from '../api';
import { useProfile, useSubject } from '../hooks';
import { Confirm, Loading, ProblemPanel, Title, useNotice, When } from '../ui';

export function PostPage({ id }: { id: string }) {
  const api = useApi();
  const { profile } = useProfile();
  const { data: post, error, refetch } = useQuery({
    queryKey: [useSubject(), 'posts', id],
    queryFn: () => answer(api.GET('/posts/{id}', { params: { path: { id } } })),
  });
  if (error !== null) return <ProblemPanel error={error} retry={() => void refetch()} />;
  if (post === undefined) return <Loading what="The post" />;
  const mine = profile?.userId === post.authorId;
  return (
    <article className="post">
      <p className="byline">
        {!post.published && <span className="badge">Draft</span>}
        {post.authorName || 'An author'} <span aria-hidden="true">·</span> <When at={post.createdAt} />
        {post.updatedAt !== post.createdAt && (
          <>
            {' '}
            <span aria-hidden="true">·</span> changed on <When at={post.updatedAt} />
          </>
        )}
      </p>
      <Title>{post.title}</Title>
      {post.body
        .split(/\n\s*\n/)
        .filter((paragraph) => paragraph.trim() !== '')
        .map((paragraph, i) => (
          <p key={i} className="paragraph">
            {paragraph}
          </p>
        ))}
      {(mine || profile?.roles.includes('admin')) && (
        <div className="row actions">
          {mine && (
            <Link href={`/posts/${id}/edit`} className="button">
              Edit
            </Link>
          )}
          <DeleteButton id={id} title={post.title} />
        </div>
      )}
    </article>
  );
}

export function DeleteButton({ id, title }: { id: string; title: string }) {
  const api = useApi();
  const subject = useSubject();
  const queries = useQueryClient();
  const notice = useNotice();
  const [path, go] = useLocation();
  const [asks, setAsks] = useState(false);
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE('/posts/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      notice(`“${title}” was deleted.`);
      if (path !== '/mine') go('/mine');
      queries.removeQueries({ queryKey: [subject, 'posts', id] });
      await queries.invalidateQueries();
    },
  });
  return (
    <>
      <button type="button" className="quiet" aria-label={`Delete “${title}”`} onClick={() => setAsks(true)} disabled={remove.isPending}>
        Delete
      </button>
      {asks && (
        <Confirm title="Delete this post?" text={`“${title}” will be gone for everybody. This cannot be taken back.`} action="Delete it" onConfirm={() => remove.mutate()} onClose={() => setAsks(false)} />
      )}
      {remove.error !== null && <ProblemPanel error={remove.error} retry={() => remove.mutate()} text="Only its author and admins can delete a post." />}
    </>
  );
}
