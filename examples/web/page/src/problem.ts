import { AnswerError } from './api';
import { AuthError, ForbiddenError, RateLimitedError, SignedOutError, UnauthorizedError, UnavailableError } from './client/blog';

/** What went wrong, in words for the person in front of the page. */
export interface Problem {
  readonly title: string;
  readonly text: string;
  /** What they can do: sign in, try the same again, or nothing here. */
  readonly action: 'sign-in' | 'retry' | 'none';
  /** Seconds after which it makes sense to try again. */
  readonly wait?: number;
}

export const forbidden = 'You may not do this';

/** Finds the words for an error of the client. */
export function problemOf(error: unknown): Problem {
  if (error instanceof SignedOutError || error instanceof UnauthorizedError) {
    return { title: 'Your session has ended', text: 'Sign in again to go on. What you have written is kept.', action: 'sign-in' };
  }
  if (error instanceof ForbiddenError) {
    return { title: forbidden, text: 'Your account does not have the right that this needs. An admin of the site can give it to you.', action: 'none' };
  }
  if (error instanceof RateLimitedError) {
    return { title: 'That was a little too fast', text: 'The site takes a limited number of requests from each account. Nothing is lost.', action: 'retry', wait: error.retryAfter ?? 5 };
  }
  if (error instanceof UnavailableError) {
    return { title: 'We cannot check who you are right now', text: 'The sign-in service does not answer. You are still signed in, and nothing is lost.', action: 'retry', wait: error.retryAfter ?? 5 };
  }
  if (error instanceof AnswerError) return problemOfAnswer(error);
  if (error instanceof AuthError) {
    return { title: 'Something is set up wrong', text: 'The site sent this page somewhere it does not go. Please tell the people who run the site.', action: 'none' };
  }
  return { title: 'The site cannot be reached', text: 'Check your connection. If it works, the site is down for a moment.', action: 'retry' };
}

function problemOfAnswer({ status, detail, field }: AnswerError): Problem {
  switch (status) {
    case 404:
      return { title: 'There is nothing here', text: 'It was deleted, or the address has a typing error.', action: 'none' };
    case 413:
      return { title: 'The text is too long', text: 'Make it shorter, or make two posts of it.', action: 'none' };
    case 422:
      return { title: 'Please check what you entered', text: sentence(field === 'first' ? '' : detail), action: 'none' };
    default:
      return { title: 'Something went wrong on our side', text: 'We have a record of it. Try again in a moment.', action: 'retry' };
  }
}

/** The detail of an invalid field as a sentence: "title must not be empty" becomes "Title must not be empty." */
export function sentence(detail: string): string {
  return detail === '' ? '' : `${detail.charAt(0).toUpperCase()}${detail.slice(1).replace(/\.$/, '')}.`;
}
