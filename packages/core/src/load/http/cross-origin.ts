/** Whether another server than the page's is asked, which has to let pages read its answers (CORS). */
export function isForeign(url: string | URL): boolean {
  const { location } = globalThis as { location?: { origin: string } };
  return location !== undefined && new URL(url).origin !== location.origin;
}

/** Whether a server answers at all, where a page could not read what. */
export async function isThere(url: string | URL, signal: AbortSignal): Promise<boolean> {
  const stop = new AbortController();
  try {
    await fetch(url, { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.any([signal, stop.signal]) });
    return true;
  } catch {
    return false;
  } finally {
    stop.abort();
  }
}
