import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { answer, AnswerError, useApi, type Draft, type Post } from '../api';
import { useProfile, useSubject } from '../hooks';
import { sentence } from '../problem';
import { Loading, ProblemPanel, Title, useNotice } from '../ui';

export function WritePage() {
  return <Form post={undefined} />;
}

export function EditPage({ id }: { id: string }) {
  const api = useApi();
  const { profile } = useProfile();
  const { data: post, error, refetch } = useQuery({
    queryKey: [useSubject(), 'posts', id],
    queryFn: () => answer(api.GET('/posts/{id}', { params: { path: { id } } })),
  });
  if (error !== null) return <ProblemPanel error={error} retry={() => void refetch()} />;
  if (post === undefined || profile === undefined) return <Loading what="The post" />;
  if (post.authorId !== profile.userId) {
    return (
      <section className="problem">
        <Title page="Not your post">This post is not yours</Title>
        <p>
          Only its author can change a post. <Link href={`/posts/${id}`}>Read it</Link>
        </p>
      </section>
    );
  }
  return <Form post={post} />;
}

interface Text {
  title: string;
  body: string;
  published: boolean;
}

/** The form for a new post, or for one that is there. Its text is kept in this tab until it is saved. */
function Form({ post }: { post: Post | undefined }) {
  const api = useApi();
  const subject = useSubject();
  const queries = useQueryClient();
  const notice = useNotice();
  const [, go] = useLocation();
  const key = `draft ${subject} ${post?.id ?? 'new'}`;
  const [text, setText] = useState<Text>(() => kept(key) ?? { title: post?.title ?? '', body: post?.body ?? '', published: post?.published ?? true });
  const title = useRef<HTMLInputElement>(null);
  const save = useMutation({
    mutationFn: (draft: Draft) =>
      answer(post === undefined ? api.POST('/posts', { body: draft }) : api.PUT('/posts/{id}', { params: { path: { id: post.id } }, body: draft })),
    onSuccess: async (saved) => {
      sessionStorage.removeItem(key);
      queries.setQueryData([subject, 'posts', saved.id], saved);
      notice(saved.published ? `“${saved.title}” is published.` : `“${saved.title}” is saved as a draft.`);
      go(`/posts/${saved.id}`);
      await queries.invalidateQueries();
    },
    onError: (error) => {
      if (invalid(error) === 'title') title.current?.focus();
    },
  });
  const change = (part: Partial<Text>): void => {
    const next = { ...text, ...part };
    setText(next);
    sessionStorage.setItem(key, JSON.stringify(next));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!save.isPending) save.mutate(text);
  };
  const wrong = invalid(save.error);
  const names = useId();
  const titleError = wrong === 'title' && save.error instanceof AnswerError ? sentence(save.error.detail) : undefined;
  return (
    <form className="editor" onSubmit={submit} noValidate>
      <Title>{post === undefined ? 'Write a post' : 'Edit the post'}</Title>
      <div className="field">
        <label htmlFor={`${names}title`}>Title</label>
        <input id={`${names}title`} name="title" ref={title} value={text.title} maxLength={200} required aria-invalid={titleError !== undefined} aria-describedby={`${names}title-error`} onChange={(event) => change({ title: event.target.value })} />
        <p id={`${names}title-error`} className="field-error" role="alert">
          {titleError}
        </p>
      </div>
      <div className="field">
        <label htmlFor={`${names}body`}>Text</label>
        <Growing id={`${names}body`} value={text.body} onChange={(body) => change({ body })} />
        <p className="hint">An empty line begins a new paragraph.</p>
      </div>
      <label className="check">
        <input type="checkbox" name="published" checked={text.published} onChange={(event) => change({ published: event.target.checked })} />
        <span>
          Publish it <small>Without this it stays a draft, which only you see.</small>
        </span>
      </label>
      {save.error !== null && wrong !== 'title' && (
        <ProblemPanel error={save.error} retry={() => save.mutate(text)} text="Your account may not save this. Your text is kept here; an admin of the site can give you the right." />
      )}
      <div className="row actions">
        <button type="submit" className="primary" disabled={save.isPending}>
          {save.isPending ? 'Saving …' : text.published ? 'Publish' : 'Save the draft'}
        </button>
        <Link href={post === undefined ? '/mine' : `/posts/${post.id}`} className="button quiet" onClick={() => sessionStorage.removeItem(key)}>
          Cancel
        </Link>
      </div>
    </form>
  );
}

/** A text field that is as high as its text. */
function Growing({ id, value, onChange }: { id: string; value: string; onChange: (value: string) => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (field.current === null) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight + 2}px`;
  }, [value]);
  return <textarea id={id} name="body" ref={field} rows={10} maxLength={20_000} value={value} onChange={(event) => onChange(event.target.value)} />;
}

/** The field that the API found wrong. */
function invalid(error: unknown): string | undefined {
  return error instanceof AnswerError && error.status === 422 ? error.field : undefined;
}

function kept(key: string): Text | undefined {
  try {
    const { title, body, published } = JSON.parse(sessionStorage.getItem(key) ?? '') as Record<string, unknown>;
    return typeof title === 'string' && typeof body === 'string' && typeof published === 'boolean' ? { title, body, published } : undefined;
  } catch {
    return undefined;
  }
}
