import { SourceError } from '../../errors.js';
import type { FileOptions } from '../checkpoint-files.js';
import { Attempts } from './attempts.js';
import { isForeign, isThere } from './cross-origin.js';
import { failureOf, isPassing } from './failures.js';
import { type RetryPolicy, retryAfter, within } from './retry.js';

/** What all requests for a checkpoint share. */
export interface HttpContext {
  readonly retry: RetryPolicy;
  /** How the browser's own cache takes part; ours holds what is worth keeping. */
  readonly cache: RequestCache;
  /** The model on the Hub, or null for other servers. */
  readonly hub: HubAccess | null;
  /** Origins of which an answer could be read. */
  readonly readable: Set<string>;
}

export interface HubAccess {
  readonly model: string;
  /** Address of the model's page. */
  readonly page: string;
  /** Only requests to this origin carry the token. */
  readonly origin: string;
  readonly token: string | null;
}

/** Requests for one file, made again while they fail for passing reasons. */
export class Requests {
  readonly attempts: Attempts;

  constructor(
    readonly file: string,
    private readonly context: HttpContext,
    options: FileOptions,
  ) {
    this.attempts = new Attempts(file, context.retry, options);
  }

  /**
   * An answer that says how things are: a success, or 404 or 416.
   * @throws SourceError for no connection and failures of the server; AccessError for 401 and 403
   */
  async answer(url: string | URL, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      const response = (await this.ask(url, init)) ?? (await this.askAgain(url, init));
      if (response === null) {
        await this.attempts.failed(new SourceError(noConnection(url), true));
        continue;
      }
      if (!isPassing(response)) return this.settled(response, url);
      await this.attempts.failed(this.failure(response, url), retryAfter(response.headers));
    }
  }

  /** After a request without an answer that could be read: perhaps the server keeps pages from reading it. */
  private async askAgain(url: string | URL, init: RequestInit): Promise<Response | null> {
    if (!isForeign(url)) return null;
    // Some browsers ask a server beforehand whether it takes a Range, and those that know nothing of it refuse.
    const isStart = startsAtZero(init);
    const response = await this.ask(url, isStart ? withoutRange(init) : init);
    if (response !== null || !(await isThere(url, this.limit()))) return response;
    const { hub, readable } = this.context;
    // Servers that let pages read their files may forget to say so of files that they do not have; the Hub does not.
    if (readable.has(new URL(url).origin))
      return isStart && hub === null ? new Response(null, { status: 404 }) : null;
    throw new SourceError(
      `${nameOf(url)} is there, but its server lets no other pages read it (CORS). Download the files and open them here, or use a server that allows it.`,
    );
  }

  private settled(response: Response, url: string | URL): Response {
    if (response.ok || response.status === 404 || response.status === 416) return response;
    void response.body?.cancel();
    throw this.failure(response, url);
  }

  /** What an answer that is no success means. */
  failure(response: Response, url: string | URL): SourceError {
    const { hub } = this.context;
    // A redirect may have led to another server, whose answers mean nothing more than they say.
    const isOfHub = new URL(response.url || url).origin === hub?.origin;
    const about = hub && { model: hub.model, page: hub.page, hasToken: hub.token !== null };
    return failureOf(response, nameOf(url), isOfHub ? about : null);
  }

  /** One request; null where there was no connection. A redirect to another origin loses the token (Fetch, 4.4). */
  private async ask(url: string | URL, init: RequestInit): Promise<Response | null> {
    const headers = new Headers(init.headers);
    const { hub, cache } = this.context;
    if (hub?.token && new URL(url).origin === hub.origin) headers.set('authorization', `Bearer ${hub.token}`);
    const { signal, silence } = this.attempts;
    const silent = new AbortController();
    try {
      const answer = fetch(url, { ...init, headers, cache, signal: this.limit(silent.signal) });
      const response = await within(silence, answer);
      this.context.readable.add(new URL(url).origin);
      if (isPassing(response)) await response.body?.cancel();
      return response;
    } catch {
      silent.abort();
      signal?.throwIfAborted();
      return null;
    }
  }

  /** Stops with the whole read, or with `other`. */
  private limit(other: AbortSignal = AbortSignal.timeout(this.attempts.silence)): AbortSignal {
    const { signal } = this.attempts;
    return signal === undefined ? other : AbortSignal.any([signal, other]);
  }
}

/** The address without what may be secret in it. */
export function nameOf(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function noConnection(url: string | URL): string {
  const failure = `${nameOf(url)} could not be fetched. Check the connection and the address.`;
  // Pages that are isolated from others never learn whether such a server is there.
  if (!isForeign(url) || !globalThis.crossOriginIsolated) return failure;
  return `${failure} If both are right, its server lets no other pages read it (CORS): download the files and open them here.`;
}

function startsAtZero({ headers }: RequestInit): boolean {
  return new Headers(headers).get('range')?.startsWith('bytes=0-') === true;
}

function withoutRange(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  headers.delete('range');
  return { ...init, headers };
}
