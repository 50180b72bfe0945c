import { PatchbayError } from '../errors.js';
import { type PathIndex, resolveNode } from '../graph/paths.js';
import type { TensorInfo } from '../graph/types.js';
import type { Patch } from '../patch/patch.js';
import { naming, type PlacedPatch } from '../patch/placed-patch.js';
import { exampleGraph } from './example-graph.js';
import type { GenerationHost } from './host.js';
import type { PatchOn } from './options.js';
import { type PositionAxes, positionAxes, shapeAt } from './position-axes.js';
import { type Step, StepPatch } from './step-patch.js';

/** The sequences that are to be made. */
export interface Extent {
  readonly batch: number;
  readonly promptLength: number;
  readonly maxNewTokens: number;
  readonly contextLength: number;
}

/** Patches on a value that has positions. */
interface Positional {
  readonly path: string;
  readonly axes: PositionAxes;
  readonly patches: readonly Patch[];
  readonly wrapper: StepPatch;
}

/** The patches of one generation, step by step. They own what they remember until `dispose`. */
export class StepPatches {
  private constructor(
    /** Patches on values without positions, the same in each step. */
    private readonly constant: readonly PlacedPatch[],
    private readonly positional: readonly Positional[],
    private readonly patchOn: PatchOn,
    private readonly isCached: boolean,
  ) {}

  /**
   * Finds the positions in each patched value, by comparing the graphs of two lengths, and checks all patches.
   * @throws NodePathError, SliceError, PatchError, naming the path, for a patch that fits neither the first nor the
   * last step in which it may act
   */
  static async plan(
    host: GenerationHost,
    placed: readonly PlacedPatch[],
    extent: Extent,
    patchOn: PatchOn,
    isCached: boolean,
  ): Promise<StepPatches> {
    const length = Math.min(3, extent.contextLength - 1);
    const shorter = await exampleGraph(host, extent.batch, length);
    const longer = await exampleGraph(host, extent.batch, length + 1);
    const constant: PlacedPatch[] = [];
    const positional: Positional[] = [];
    for (const [path, patches] of byPath(placed)) {
      const info = infoAt(shorter, path);
      const axes = info && positionAxes(path, info, infoAt(longer, path) ?? info, length);
      for (const patch of patches) {
        if (axes !== null) checkExtent({ path, patch }, axes, extent, patchOn);
        else if (info !== null) naming(path, () => patch.check(info));
      }
      if (axes === null) constant.push(...patches.map((patch) => ({ path, patch })));
      else positional.push({ path, axes, patches, wrapper: new StepPatch(axes, isCached) });
    }
    return new StepPatches(constant, positional, patchOn, isCached);
  }

  /**
   * Checks against the graph of a step whether the values there have the positions that they should have.
   * @throws NodePathError, PatchError, naming the path
   */
  check(index: PathIndex, step: Step): void {
    for (const { path, wrapper } of this.positional) {
      const info = infoAt(index, path);
      wrapper.begin(step, []);
      if (info !== null) naming(path, () => wrapper.check(info));
    }
  }

  /** What to run the next step with. */
  begin(step: Step): readonly PlacedPatch[] {
    const acts = this.patchOn === 'all' || (this.patchOn === 'prompt') === (step.start === 0);
    // Cached rows of the prompt are final, and no later step looks at them through these patches.
    if (this.isCached && this.patchOn === 'prompt' && !acts) return this.constant;
    for (const { axes, patches, wrapper } of this.positional) {
      const value = valueAt(axes, step.end);
      wrapper.begin(step, acts ? patches.filter((patch) => misfit(patch, value) === null) : []);
    }
    return [...this.constant, ...this.positional.map(({ path, wrapper }) => ({ path, patch: wrapper }))];
  }

  dispose(): void {
    for (const { wrapper } of this.positional) wrapper.dispose();
  }
}

function byPath(placed: readonly PlacedPatch[]): Map<string, Patch[]> {
  const paths = new Map<string, Patch[]>();
  for (const { path, patch } of placed) paths.set(path, [...(paths.get(path) ?? []), patch]);
  return paths;
}

/** Shape and dtype at a path; null for a number or another scalar. @throws NodePathError */
function infoAt(index: PathIndex, path: string): TensorInfo | null {
  const structure = resolveNode(index, path);
  return structure.kind === 'scalar' ? null : (index.graph.values[structure.value] as TensorInfo);
}

/** A value with positions as its patches see it when so many are known. */
function valueAt(axes: PositionAxes, known: number): TensorInfo {
  return { shape: shapeAt(axes, known, known), dtype: axes.dtype };
}

/** Why a patch does not fit a value; null where it does. */
function misfit(patch: Patch, value: TensorInfo): PatchbayError | null {
  try {
    patch.check(value);
    return null;
  } catch (error) {
    if (error instanceof PatchbayError) return error;
    throw error;
  }
}

function checkExtent(
  { path, patch }: PlacedPatch,
  axes: PositionAxes,
  extent: Extent,
  patchOn: PatchOn,
): void {
  const { promptLength, maxNewTokens } = extent;
  const first = patchOn === 'generated' ? promptLength + 1 : promptLength;
  const last = patchOn === 'prompt' ? promptLength : Math.max(first, promptLength + maxNewTokens - 1);
  if (misfit(patch, valueAt(axes, last)) !== null) naming(path, () => patch.check(valueAt(axes, first)));
}
