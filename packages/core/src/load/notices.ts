/** What happened on the way that is no failure. */
export type ReadNotice =
  /** The connection failed or the server asked to wait; after `seconds` it is tried again. */
  | { readonly kind: 'retry'; readonly file: string; readonly reason: string; readonly seconds: number }
  /** What is read is not kept, because the browser gives no more room or refuses. */
  | { readonly kind: 'uncached'; readonly file: string; readonly reason: string }
  /** A part that was kept had changed, or the file has changed since, and is fetched again. */
  | { readonly kind: 'dropped'; readonly file: string; readonly reason: string }
  /** The Hub says what hash a file has, but here it cannot be computed: only its length is checked. */
  | { readonly kind: 'unchecked'; readonly file: string; readonly reason: string }
  /** Without a connection, what is kept of `revision` is used. */
  | { readonly kind: 'offline'; readonly file: string; readonly reason: string };
