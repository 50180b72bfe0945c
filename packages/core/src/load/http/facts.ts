import { IntegrityError } from '../../errors.js';
import type { Body } from './body.js';
import { nameOf } from './request.js';

/** What is known of a file on a server. */
export class FileFacts {
  /** `isPinned`: the address names a version, so that the file there never changes. */
  constructor(
    public size: number | null,
    public validator: string | null,
    private readonly isPinned: boolean,
  ) {}

  /** Whether an answer may speak of the same file. */
  fits({ size, validator }: Body): boolean {
    const isOther =
      !this.isPinned && validator !== null && this.validator !== null && validator !== this.validator;
    return !isOther && (size === null || this.size === null || size === this.size);
  }

  /** Learns from an answer. @throws IntegrityError if it speaks of another file */
  meet(body: Body, url: URL): void {
    if (!this.fits(body)) {
      body.cancel();
      throw this.isPinned
        ? new IntegrityError(`${nameOf(url)} has ${body.size} bytes where ${this.size} were promised.`)
        : new IntegrityError(
            `${nameOf(url)} changed on its server while it was being loaded. Load it again.`,
          );
    }
    this.size ??= body.size;
    this.validator ??= body.validator;
  }
}
