import * as tf from '@tensorflow/tfjs';
import { BackendError, DeviceLimitError, type PatchbayError } from '../errors.js';
import { ADVICE } from './limits.js';

/** What of tfjs's WebGPU backend has to do with commands that are not yet sent. */
interface CommandQueue {
  readonly device: GPUDevice;
  readonly commandEncoder: unknown;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

type LostListener = (error: BackendError) => void;

/** Memory first: where it is missing, what uses it is invalid too. */
const SCOPES = ['out-of-memory', 'validation', 'internal'] as const;

const watches = new WeakMap<object, GpuWatch>();
const lostListeners = new Set<LostListener>();

/**
 * Waits until the device has taken everything that was computed so far. Synchronous runs (`apply`, `RecordedRun.patch`)
 * cannot tell what a GPU refused, because it answers later: this rejects with it, as do `data()` of any tensor and the
 * asynchronous runs, whichever is waited for first. On other backends there is nothing to wait for.
 * @throws DeviceLimitError if the GPU ran out of memory; BackendError if it refused a command or is lost
 */
export async function settled(): Promise<void> {
  await watches.get(tf.engine().backend)?.after(async () => {});
}

/**
 * For work that lets others have their turn: the result waits as `settled` does, and rejects also with what the GPU has
 * refused since now and others were told of first.
 */
export function settling(): () => Promise<void> {
  const { backend } = tf.engine();
  const told = watches.get(backend)?.told ?? 0;
  return async () => watches.get(backend)?.after(async () => {}, told);
}

/** Calls `listener` when a GPU that is in use gets lost; the engine has to be started anew then. */
export function onGpuLost(listener: LostListener): void {
  lostListeners.add(listener);
}

/** Watches a backend's GPU from now on. */
export function watchGpu(backend: CommandQueue): GpuWatch {
  const watch = new GpuWatch(backend);
  watches.set(backend, watch);
  return watch;
}

/**
 * Turns what a GPU refuses into errors of the calls that wait for it next. Everything happens within error scopes, which are
 * closed when someone waits: their answers come in the order of the commands, what `uncapturederror` tells does not.
 */
export class GpuWatch {
  private lost: BackendError | null = null;
  /** The first failure that nobody was told of yet. */
  private failure: PatchbayError | null = null;
  private failures = 0;
  /** How many failures someone was told of. */
  told = 0;

  constructor(private readonly backend: CommandQueue) {
    const { device } = backend;
    this.openScopes();
    void device.lost.then(({ message }) => {
      this.lost = new BackendError(
        `The GPU was lost${message === '' ? '' : ` (${message})`}; the backend has to be started anew.`,
      );
      for (const listener of lostListeners) listener(this.lost);
    });
  }

  /** @throws BackendError if the GPU is lost: commands would have no effect, silently */
  checkAlive(): void {
    if (this.lost !== null) throw this.lost;
  }

  /**
   * Does something that waits for the GPU, and rejects if the GPU refused anything before it, of which no more than `told`
   * failures were told yet. All that wait at the same time are told.
   */
  async after<T>(work: () => Promise<T>, told = this.told): Promise<T> {
    this.checkAlive();
    const [result] = await Promise.allSettled([work(), this.answered()]);
    if (result.status === 'rejected') await this.answered();
    this.checkAlive();
    if (this.failures > told) {
      this.told = this.failures;
      throw this.failure;
    }
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  private openScopes(): void {
    for (const filter of SCOPES) this.backend.device.pushErrorScope(filter);
  }

  /** Notes what the device says of all commands so far. */
  private async answered(): Promise<void> {
    const { backend } = this;
    if (this.lost !== null) return;
    if (backend.commandEncoder !== null) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
    const answers = SCOPES.map(() => backend.device.popErrorScope().catch(() => null)).reverse();
    this.openScopes();
    const errors = (await Promise.all(answers)).filter((error) => error !== null);
    const first = errors[0];
    if (first === undefined) return;
    if (this.told === this.failures) this.failure = inWords(first);
    this.failures += 1;
  }
}

function inWords(error: GPUError): PatchbayError {
  const message = error.message.split('\n')[0];
  return error instanceof GPUOutOfMemoryError
    ? new DeviceLimitError(`The GPU has too little memory left (${message}). ${ADVICE}`)
    : new BackendError(`The GPU refused a part of this run, whose results are void: ${message}`);
}
