/** Runs something that waits for others than the engine, while other jobs have their turn. */
export type Away = <T>(wait: () => Promise<T>) => Promise<T>;

/** Jobs that must not run side by side have their turns in the order in which they came. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /**
   * Carries out a job when it is its turn. By `away` it gives its turn to others while it waits, and goes on when they
   * are done; it must not do so twice at the same time.
   */
  async take<T>(job: (away: Away) => Promise<T>): Promise<T> {
    let leave = await this.enter();
    const away: Away = async (wait) => {
      leave();
      try {
        return await wait();
      } finally {
        leave = await this.enter();
      }
    };
    try {
      return await job(away);
    } finally {
      leave();
    }
  }

  /** Waits for a turn; the function that it gives ends the turn. */
  private async enter(): Promise<() => void> {
    const before = this.last;
    const { promise, resolve } = deferred();
    this.last = promise;
    await before;
    return resolve;
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
