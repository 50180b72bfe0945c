import { SourceError } from '../../errors.js';
import type { FileOptions } from '../checkpoint-files.js';
import { delayAfter, pause, type RetryPolicy } from './retry.js';

/** Counts the failures of reading one file, and waits between them. */
export class Attempts {
  private failures = 0;

  constructor(
    private readonly file: string,
    private readonly policy: RetryPolicy,
    private readonly options: FileOptions,
  ) {}

  get signal(): AbortSignal | undefined {
    return this.options.signal;
  }

  /** Milliseconds without any bytes after which a connection counts as broken. */
  get silence(): number {
    return this.policy.silence;
  }

  /** Bytes came: what fails next fails for the first time. */
  progressed(): void {
    this.failures = 0;
  }

  /**
   * Waits before the next attempt, as long as the server `asked` for, if it did (in milliseconds).
   * @throws `error` if that was the last attempt; SourceError if the wait would be too long; both may pass
   */
  async failed(error: SourceError, asked: number | null = null): Promise<void> {
    this.signal?.throwIfAborted();
    this.failures += 1;
    if (this.failures >= this.policy.attempts || isOffline()) throw error;
    const wait = asked ?? delayAfter(this.failures, this.policy);
    if (wait > this.policy.longestWait) {
      const seconds = Math.ceil(wait / 1000);
      throw new SourceError(`${error.message} The server asks to wait for ${seconds} s.`, true);
    }
    this.options.onNotice?.({
      kind: 'retry',
      file: this.file,
      reason: error.message,
      seconds: wait / 1000,
    });
    await pause(wait, this.signal);
  }
}

/** The browser says that there is no network, so that trying again is of no use. */
function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}
