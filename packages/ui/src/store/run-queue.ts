/** Runs the newest of many requests, one at a time. */
export interface RunQueue {
  /** Asks for a run after the pause; a later call puts it off, but not beyond the longest wait. */
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
  /** Milliseconds that a run is put off at most, so that edits without a pause show, too. */
  longest: number;
  /** Does the newest work; it handles its own errors. `isCurrent` turns false after `reset`. */
  run(isCurrent: () => boolean): Promise<void>;
}

/** At most one run is under way and one waits; whatever is asked meanwhile is the one that waits. */
export function createRunQueue({ pause, longest, run }: RunQueueOptions): RunQueue {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the run that waits for a pause was first asked for. */
  let asked: number | null = null;
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

  function stopTimer(): void {
    clearTimeout(timer);
    asked = null;
  }

  function flush(): void {
    stopTimer();
    void start();
  }

  return {
    schedule() {
      const now = Date.now();
      asked ??= now;
      clearTimeout(timer);
      timer = setTimeout(flush, Math.max(0, Math.min(pause, asked + longest - now)));
    },
    flush,
    isWaiting: () => waiting,
    reset() {
      stopTimer();
      running = false;
      waiting = false;
      era += 1;
    },
  };
}
