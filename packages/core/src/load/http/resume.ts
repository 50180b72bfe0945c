import { IntegrityError, SourceError } from '../../errors.js';
import { type Body, openBody } from './body.js';
import type { FileFacts } from './facts.js';
import { nameOf, type Requests } from './request.js';

/** Which bytes of a file to fetch. */
export interface Stretch {
  readonly position: number;
  /** The first byte that is not needed; by default all are. */
  readonly end?: number | undefined;
  /** An answer that has begun at `position` or before. */
  readonly first?: Body | undefined;
}

/**
 * The bytes of a stretch of a file. After a break it goes on where it stopped: by a Range request, or from a server
 * without ranges by skipping what has come before. `facts` grow.
 * @throws SourceError, AccessError; IntegrityError for another length or another file
 */
export async function* resumable(
  url: URL,
  { position: start, end, first }: Stretch,
  facts: FileFacts,
  requests: Requests,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let position = start;
  for (let body = first ?? null; ; body = null) {
    body ??= await openBody(url, { position, end }, requests);
    if (body === null) throw new SourceError(`${nameOf(url)} is not there any more.`);
    if (body.start > position) throw new IntegrityError(`${nameOf(url)} came without its beginning.`);
    facts.meet(body, url);
    const goal = Math.min(end ?? Number.POSITIVE_INFINITY, facts.size ?? Number.POSITIVE_INFINITY);
    try {
      for await (const part of after(position, body)) {
        const needed = end === undefined ? part : part.subarray(0, end - position);
        position += needed.length;
        requests.attempts.progressed();
        if (position > goal) throw tooLong(url, goal);
        yield needed;
        if (position === end) return;
      }
      if (position >= goal || goal === Number.POSITIVE_INFINITY) return;
      throw tooShort(url, position, goal);
    } catch (error) {
      if (!(error instanceof SourceError) || !error.mayPass) throw error;
      await requests.attempts.failed(error);
    }
  }
}

/** The parts of a body, which begins at or before `position`, that lie after it. */
async function* after(position: number, body: Body): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let skip = position - body.start;
  for await (const part of body.parts()) {
    if (skip >= part.length) skip -= part.length;
    else {
      yield part.subarray(skip);
      skip = 0;
    }
  }
}

function tooShort(url: URL, position: number, goal: number): IntegrityError {
  return new IntegrityError(`${nameOf(url)} ends after ${position} bytes where ${goal} were promised.`, true);
}

function tooLong(url: URL, goal: number): IntegrityError {
  return new IntegrityError(`${nameOf(url)} has more than the ${goal} bytes that were promised.`);
}
