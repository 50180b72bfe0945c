/** How far reading has come. */
export interface ReadProgress {
  /** Bytes that are there, and bytes in all; these grow with `loaded` while they are unknown. */
  loaded: number;
  total: number;
  /** Bytes a second, of late and without those that were kept already; 0 while it is unknown. */
  rate: number;
  /** Seconds that the rest will take at this rate, or null while that is unknown. */
  secondsLeft: number | null;
}

/** Milliseconds between two reports. */
const INTERVAL = 100;

/** Milliseconds over which the rate is smoothed. */
const MEMORY = 3000;

/** Adds up what several files report, and reports it now and then. */
export class ProgressMeter {
  private loaded = 0;
  private total = 0;
  /** Bytes since the last report that were not kept already. */
  private fetched = 0;
  private since: number | null = null;
  /** Bytes of late and the milliseconds that they took, the older the less. */
  private lateBytes = 0;
  private lateTime = 0;

  constructor(
    private readonly report: ((progress: ReadProgress) => void) | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** More bytes are to be read. */
  expect(bytes: number): void {
    this.total += bytes;
  }

  /** Bytes came. Those that were kept say nothing about the rate. */
  add(bytes: number, cached: boolean): void {
    const now = this.now();
    this.loaded += bytes;
    // The first bytes only begin the time that the others take.
    if (this.since === null) this.since = now;
    else if (!cached) this.fetched += bytes;
    if (now - this.since >= INTERVAL) this.tell(now);
  }

  /** Everything is there. */
  end(): void {
    this.total = this.loaded;
    this.tell(this.now());
  }

  private tell(now: number): void {
    const passed = now - (this.since ?? now);
    if (this.fetched > 0) {
      const kept = Math.exp(-passed / MEMORY);
      this.lateBytes = kept * this.lateBytes + this.fetched;
      this.lateTime = kept * this.lateTime + passed;
    }
    this.since = now;
    this.fetched = 0;
    const total = Math.max(this.total, this.loaded);
    const rate = this.lateTime === 0 ? 0 : (this.lateBytes / this.lateTime) * 1000;
    const secondsLeft = rate === 0 ? null : (total - this.loaded) / rate;
    this.report?.({ loaded: this.loaded, total, rate, secondsLeft });
  }
}
