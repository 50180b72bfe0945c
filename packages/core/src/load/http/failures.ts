import { AccessError, SourceError } from '../../errors.js';

/** Statuses after which the same request may succeed. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const MEANINGS: Readonly<Record<number, string>> = {
  401: 'sign-in needed',
  403: 'access refused',
  404: 'not found',
  410: 'gone',
  429: 'too many requests',
};

export function isPassing({ status }: Response): boolean {
  return PASSING.has(status);
}

/** What an answer that is no success means. `hub` names the model, for answers of the Hugging Face Hub. */
export function failureOf(
  response: Response,
  address: string,
  hub: { model: string; page: string; hasToken: boolean } | null,
): SourceError {
  const { status } = response;
  if (hub !== null && (status === 401 || status === 403 || status === 404)) return hubFailure(response, hub);
  const answer = `${address} answered ${inWords(response)}.`;
  if (status === 401 || status === 403)
    return new AccessError(`${answer} Its server gives it to those only who sign in.`);
  return new SourceError(answer, isPassing(response));
}

/** The Hub answers 401 also for models that are not there, so as not to tell which private ones are. */
function hubFailure(
  { status, headers }: Response,
  { model, page, hasToken }: { model: string; page: string; hasToken: boolean },
): SourceError {
  switch (headers.get('x-error-code')) {
    case 'GatedRepo':
      return new AccessError(
        hasToken
          ? `'${model}' is gated: accept its licence at ${page} with the account that the token belongs to.`
          : `'${model}' is gated: accept its licence at ${page}, and give a token of that account.`,
      );
    case 'RevisionNotFound':
      return new SourceError(`'${model}' has no such revision. ${page} lists its branches and tags.`);
  }
  if (status === 403)
    return new AccessError(
      `The token given may not read '${model}'. Give it the right to read this model, or take another one.`,
    );
  return new AccessError(
    hasToken
      ? `The Hub has no model '${model}' that the token given may read. Check the name and the token.`
      : `The Hub has no public model '${model}'. Check the name; if the model is private, give a token that may read it.`,
  );
}

/** A status in words; HTTP/2 sends none itself. */
function inWords({ status, statusText }: Response): string {
  const meaning = MEANINGS[status] ?? (status >= 500 ? 'the server failed' : 'the request was refused');
  return `${status} (${statusText || meaning})`;
}
