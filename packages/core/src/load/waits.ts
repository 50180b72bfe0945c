import type { CheckpointFiles, FileOptions, PartOptions, SourceFile } from './checkpoint-files.js';

/** Waits for bytes in a way of the caller's, who can let others use the backend meanwhile. */
export type Waits = <T>(wait: () => Promise<T>) => Promise<T>;

export const atOnce: Waits = (wait) => wait();

/** The same files, whose every wait goes through `waits`. */
export function withWaits(files: CheckpointFiles, waits: Waits): CheckpointFiles {
  return {
    label: files.label,
    sizes: files.sizes,
    async open(name, options) {
      const file = await waits(() => files.open(name, options));
      return file && new WaitedFile(file, waits);
    },
    read: (name: string, options?: FileOptions) => waits(() => files.read(name, options)),
    done: () => waits(() => files.done()),
  };
}

class WaitedFile implements SourceFile {
  constructor(
    private readonly file: SourceFile,
    private readonly waits: Waits,
  ) {}

  get name(): string {
    return this.file.name;
  }

  get size(): number | null {
    return this.file.size;
  }

  get cached(): number {
    return this.file.cached;
  }

  async *parts(options?: PartOptions): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const parts = this.file.parts(options);
    try {
      for (;;) {
        const { done, value } = await this.waits(() => parts.next());
        if (done) return;
        yield value;
      }
    } finally {
      await parts.return();
    }
  }

  close(): void {
    this.file.close();
  }

  forget(): Promise<void> {
    return this.file.forget();
  }
}
