import type { ReadNotice } from '../../load/notices.js';
import type { ReadProgress } from '../../load/progress.js';
import type { WeightKind } from '../../nn/weight-layout.js';

export type { ReadNotice, ReadProgress, WeightKind };

/** Where a checkpoint in Hugging Face's folder layout, or the `model.json` of a tfjs model, comes from. */
export type ModelSource =
  /** `owner/name` on the Hugging Face Hub; `revision` is a branch, a tag or a commit, null for `main`. */
  | { kind: 'hub'; id: string; revision: string | null }
  /** The address of a folder or of a model.json. */
  | { kind: 'url'; url: string }
  | { kind: 'files'; files: File[] };

export interface LoadOptions {
  /** How matrices are kept. Default `'f32'`. */
  weights?: WeightKind;
  /** An access token of the Hub. It goes to the Hub alone and is not kept. */
  token?: string | null;
}

/** What happens while a model is loaded. */
export type LoadEvent =
  | ({ kind: 'progress' } & ReadProgress)
  /** Everything has been read; the model is traced, and takes the place of the one before. */
  | { kind: 'trace' }
  | { kind: 'notice'; notice: LoadNotice };

export type LoadNotice =
  | ReadNotice
  /** Matrices are not kept as asked on the running backend. */
  | { readonly kind: 'weights'; readonly reason: string };
