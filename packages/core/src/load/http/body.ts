import { SourceError } from '../../errors.js';
import { partReader } from '../part-reader.js';
import { isForeign } from './cross-origin.js';
import { nameOf, type Requests } from './request.js';
import { within } from './retry.js';

/** The answer of a server with a file, or with its rest from some byte on. */
export interface Body {
  /** Which byte of the file comes first: 0 where the server does not do ranges. */
  readonly start: number;
  /** Bytes of the whole file, where the server says so of what it sends uncompressed. */
  readonly size: number | null;
  /** Changes when the file does, where the server tells. */
  readonly validator: string | null;
  /** The bytes as they come, in memory that the next ones overwrite. Stopping early stops the transfer. @throws SourceError if the connection breaks */
  parts(): AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
  /** Stops the transfer. */
  cancel(): void;
}

/**
 * Asks for a file from `position` on, and only for what is before `end` if that is given. Null if there is no such file.
 * @throws SourceError, AccessError
 */
export async function openBody(
  url: URL,
  { position, end }: { position: number; end?: number | undefined },
  requests: Requests,
): Promise<Body | null> {
  const range = `bytes=${position}-${end === undefined ? '' : end - 1}`;
  const response = await requests.answer(url, { headers: { range } });
  // Servers of single-page applications answer a missing file with their page.
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
  if (response.status === 404 || isPage) {
    await response.body?.cancel();
    return null;
  }
  const contentRange = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const start = response.status === 200 ? 0 : Number(contentRange?.[1] ?? position);
  return {
    start,
    size: contentRange === null ? sizeByLength(response, start, end) : Number(contentRange[2]),
    validator: response.headers.get('etag') ?? response.headers.get('last-modified'),
    parts: () => parts(response.status === 416 ? null : response.body, url, requests),
    cancel: () => void response.body?.cancel().catch(() => undefined),
  };
}

/**
 * The size of the file by the length of an answer that reaches to its end. A whole answer may be compressed, which pages
 * cannot see of other servers; a part never is.
 */
function sizeByLength({ status, headers, url }: Response, start: number, end?: number): number | null {
  const length = headers.get('content-length');
  const isPlain = status === 206 ? end === undefined : !isForeign(url) && !headers.has('content-encoding');
  return length !== null && isPlain ? start + Number(length) : null;
}

async function* parts(
  body: Response['body'],
  url: URL,
  { attempts }: Requests,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  if (body === null) return;
  const reader = partReader(body);
  try {
    for (;;) {
      const part = await within(attempts.silence, reader.next(), attempts.signal).catch(() => {
        attempts.signal?.throwIfAborted();
        throw new SourceError(`The connection broke while ${nameOf(url)} was being fetched.`, true);
      });
      if (part === null) return;
      yield part;
    }
  } finally {
    reader.cancel();
  }
}
