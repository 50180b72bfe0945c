/** Runs the newest of many requests, one at a time. */
export interface RunQueue {
  /** Asks for a run after the pause; a later call puts it off. */
  schedule(): void;
  /** Asks for a run now. */
  flush(): void;
  /** Whether a newer run waits for the one under way to end. */
  isWaiting(): boolean;
  /** Forgets what waits and ignores what is under way. */
  reset(): void;
}

export interface RunQueueOptions {
  /** Milliseconds without another `schedule` before a run starts. */
  pause: number;
  /** Does the newest work; it handles its own errors. `isCurrent` turns false after `reset`. */
  run(isCurrent: () => boolean): Promise<void>;
}

/** At most one run is under way and one waits; whatever is asked meanwhile is the one that waits. */
export function createRunQueue({ pause, run }: RunQueueOptions): RunQueue {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let waiting = false;
  let era = 0;

  async function start(): Promise<void> {
    if (running) {
      waiting = true;
      return;
    }
    running = true;
    waiting = false;
    const startedIn = era;
    await run(() => startedIn === era);
    if (startedIn !== era) return;
    running = false;
    if (waiting) void start();
  }

  return {
    schedule() {
      clearTimeout(timer);
      timer = setTimeout(() => void start(), pause);
    },
    flush() {
      clearTimeout(timer);
      void start();
    },
    isWaiting: () => waiting,
    reset() {
      clearTimeout(timer);
      running = false;
      waiting = false;
      era += 1;
    },
  };
}
