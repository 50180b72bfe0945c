import { CancelledError, SourceError } from '../errors.js';
import { ModelCache } from '../load/cache/model-cache.js';
import type { LoadPlan } from '../load/load-plan.js';
import { loadPretrained } from '../load/load-pretrained.js';
import { planPretrained } from '../load/plan-pretrained.js';
import type { Pretrained } from '../load/pretrained.js';
import type { Source, SourceOptions } from '../load/source.js';
import type { WeightNeeds } from '../load/weight-needs.js';
import { deviceRoom } from '../memory/fits-device.js';
import type {
  BackendName,
  CacheContents,
  DeviceMemory,
  LibraryJob,
  LoadEvent,
  LoadOptions,
  ModelPlan,
  ModelSource,
  ReadNotice,
  StorageRoom,
  WeightKind,
} from './protocol.js';
import type { Turns } from './turns.js';

/** Where models come from, for tests of what the network does. */
export type Surroundings = Pick<SourceOptions, 'cache' | 'hubUrl' | 'retry'>;

/** Finds, reads and keeps models that the page asks for; one is loaded and one is planned at a time. */
export class ModelLibrary {
  private readonly under: Record<LibraryJob, AbortController | null> = { plan: null, load: null };

  constructor(
    private readonly turns: Turns,
    private readonly surroundings: Surroundings,
  ) {}

  /**
   * Reads a model and hands it over to `take`, in a turn; others have theirs whenever it waits for bytes. A load that is
   * under way is stopped.
   * @throws CancelledError, what `loadPretrained` throws, and what `take` throws
   */
  load<T>(
    source: ModelSource,
    { weights, token }: LoadOptions,
    onEvent: (event: LoadEvent) => void,
    take: (pretrained: Pretrained) => Promise<T>,
  ): Promise<T> {
    return this.begin('load', (signal) =>
      this.turns.take(async (waits) => {
        signal.throwIfAborted();
        const pretrained = await loadPretrained(placeOf(source), {
          ...this.optionsFor(source, token, signal),
          weights,
          waits,
          onProgress: (progress) => onEvent({ kind: 'progress', ...progress }),
          onNotice: (notice) => onEvent({ kind: 'notice', notice }),
        });
        const reason = 'weights' in pretrained ? pretrained.weights.notice : null;
        if (reason !== null) onEvent({ kind: 'notice', notice: { kind: 'weights', reason } });
        onEvent({ kind: 'trace' });
        return take(pretrained);
      }),
    );
  }

  /** Finds out what loading a model would take. @throws CancelledError, and what `planPretrained` throws */
  plan(source: ModelSource, { token }: LoadOptions): Promise<ModelPlan> {
    return this.begin('plan', (signal) =>
      this.turns.take(async (waits) => {
        signal.throwIfAborted();
        const notices: ReadNotice[] = [];
        const onNotice = (notice: ReadNotice) => notices.push(notice);
        const options = { ...this.optionsFor(source, token, signal), waits, onNotice };
        return modelPlan(await planPretrained(placeOf(source), options), notices);
      }),
    );
  }

  /** Stops what is under way, if anything is. What has arrived stays in the cache. */
  cancel(job: LibraryJob): void {
    this.under[job]?.abort(new CancelledError('It was stopped. What has arrived is kept.'));
  }

  async kept(): Promise<CacheContents> {
    const cache = await this.cache();
    return { models: (await cache?.list()) ?? [], storage: await storageRoom() };
  }

  /** Frees the room of a model, by its `id` in the list. @throws SourceError where the browser keeps nothing */
  async remove(id: string): Promise<void> {
    await (await this.cacheOrFail()).remove(id);
  }

  /** Frees the room of all models. @throws SourceError where the browser keeps nothing */
  async clear(): Promise<void> {
    await (await this.cacheOrFail()).clear();
  }

  private async begin<T>(job: LibraryJob, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.cancel(job);
    const controller = new AbortController();
    this.under[job] = controller;
    try {
      return await work(controller.signal);
    } finally {
      if (this.under[job] === controller) this.under[job] = null;
    }
  }

  private optionsFor(
    source: ModelSource,
    token: string | null | undefined,
    signal: AbortSignal,
  ): SourceOptions {
    const revision = source.kind === 'hub' ? (source.revision ?? undefined) : undefined;
    return { ...this.surroundings, signal, revision, token: token ?? undefined };
  }

  private async cache(): Promise<ModelCache | null> {
    const { cache } = this.surroundings;
    return cache === undefined ? ModelCache.ofBrowser() : cache;
  }

  private async cacheOrFail(): Promise<ModelCache> {
    const cache = await this.cache();
    if (cache !== null) return cache;
    throw new SourceError(
      'This browser keeps no downloads for this page, so that there is nothing to remove.',
    );
  }
}

function modelPlan(plan: LoadPlan, notices: ReadNotice[]): ModelPlan {
  const { name, task, architecture, parameterCount, files, weights, storageLeft } = plan;
  const kinds = Object.entries(weights) as [WeightKind, WeightNeeds][];
  return {
    name,
    task,
    architecture,
    parameterCount,
    download: { bytes: files.bytes, here: files.cached },
    weights: kinds.map(([kind, { bytes, refusal, notice }]) => ({
      kind,
      bytes,
      problem: refusal,
      remark: notice,
    })),
    device: deviceMemory(),
    storageLeft,
    notices,
  };
}

/** Next to what is held now. */
function deviceMemory(): DeviceMemory {
  const { backend, free, tensor } = deviceRoom();
  return {
    backend: backend as BackendName,
    free,
    largestTensor: Number.isFinite(tensor) ? tensor : null,
  };
}

function placeOf(source: ModelSource): Source {
  switch (source.kind) {
    case 'hub':
      return source.id;
    case 'url':
      return new URL(source.url);
    case 'files':
      return source.files;
  }
}

/** What the browser lets this page keep; null where it does not tell. */
async function storageRoom(): Promise<StorageRoom | null> {
  const { storage } = (globalThis.navigator ?? {}) as { storage?: StorageManager };
  const { usage, quota } = (await storage?.estimate().catch(() => undefined)) ?? {};
  if (usage === undefined || quota === undefined) return null;
  return { used: usage, free: Math.max(0, quota - usage) };
}
