import type { Scalar, ScalarId, ScalarStructure } from '../graph/types.js';

/** Scalars that get another value than `forward` gives them, by their place in the trace. */
export type Overrides = ReadonlyMap<ScalarId, Scalar>;

/** Counts the scalars of a trace, and puts patched values in the place of theirs (spec rule P6). */
export class ScalarTable {
  private count = 0;

  constructor(private readonly overrides: Overrides) {}

  /** What stands for the next scalar. */
  next(scalar: Scalar): ScalarStructure {
    const id = this.count++;
    const isPatched = this.overrides.has(id);
    return { kind: 'scalar', scalar: isPatched ? this.overrides.get(id) : scalar, id, isPatched };
  }
}
