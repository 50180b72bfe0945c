/** How often, and after how long, a request that failed for a passing reason is made again. */
export interface RetryPolicy {
  /** Requests in all, without any that brought bytes between them. Default 5. */
  attempts: number;
  /** Milliseconds before the second request; each further wait is twice as long. Default 500. */
  firstDelay: number;
  /** Milliseconds that a server may ask to wait. Default 60,000. */
  longestWait: number;
  /** Milliseconds without any bytes after which a connection counts as broken. Default 30,000. */
  silence: number;
}

export const RETRIES: RetryPolicy = { attempts: 5, firstDelay: 500, longestWait: 60_000, silence: 30_000 };

/** Milliseconds that a server asks to wait, by seconds or until a date (RFC 9110, 10.2.3), or null. */
export function retryAfter(headers: Headers, now = Date.now()): number | null {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Milliseconds before the next request after `failures` failed ones. */
export function delayAfter(failures: number, { firstDelay }: RetryPolicy): number {
  return firstDelay * 2 ** (failures - 1);
}

/** Waits. Rejects with the signal's reason as soon as it is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The result of `work`. Rejects if it takes longer, and with the signal's reason as soon as it is aborted. */
export async function within<T>(milliseconds: number, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  let free = () => {};
  const end = new Promise<never>((_, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => reject(signal?.reason);
    const timer = setTimeout(() => reject(new Error(`nothing came within ${milliseconds} ms`)), milliseconds);
    signal?.addEventListener('abort', stop);
    free = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    free();
  }
}
