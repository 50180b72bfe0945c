import type { Activation, Engine } from '@patchbay/core/client';
import { headAxis, indexOfHead } from '../heatmap/heads.js';
import { describe } from './failure.js';
import { createRunQueue } from './run-queue.js';
import { fitCut, type WorkbenchStore } from './state.js';

/** Fetches what the open tab shows of the selected node. */
export interface Inspector {
  refresh(): void;
  reset(): void;
}

export function createInspector(state: WorkbenchStore, getEngine: () => Engine | null): Inspector {
  const queue = createRunQueue({ pause: 0, run });

  async function run(isCurrent: () => boolean): Promise<void> {
    const { selected, tab, cut, result, nodes } = state.getState();
    const engine = getEngine();
    if (engine === null || selected === null || result === null) return;
    const isStillWanted = () => isCurrent() && state.getState().selected === selected;
    const shape = nodes.find(({ path }) => path === selected)?.shape ?? null;
    if (tab === 'activation' && shape !== null) {
      const activation = await inspected(engine.activation({ path: selected, ...fitCut(cut, shape) }));
      if (!isStillWanted()) return;
      state.setState({ activation });
      if (activation.value !== null) await fetchHeads(engine, activation.value, isStillWanted);
    }
    if (tab === 'source') {
      const source = await inspected(engine.source(selected));
      if (isStillWanted()) state.setState({ source });
    }
  }

  /** Gives way as soon as something newer is asked for. */
  async function fetchHeads(engine: Engine, shown: Activation, isStillWanted: () => boolean): Promise<void> {
    const axis = headAxis(shown);
    if (axis === null) return;
    const { path, side, axes, shape } = shown;
    const heads: Activation[] = [];
    for (let head = 0; head < (shape[axis] ?? 0); head += 1) {
      const isShown = head === shown.index[axis];
      const request = { path, side, axes, index: indexOfHead(shown, axis, head) };
      const plane = isShown ? shown : (await inspected(engine.activation(request))).value;
      if (plane === null || queue.isWaiting() || !isStillWanted()) return;
      heads.push(plane);
    }
    state.setState({ heads });
  }

  return { refresh: queue.schedule, reset: queue.reset };
}

async function inspected<T>(answer: Promise<T>): Promise<{ value: T | null; error: string | null }> {
  try {
    return { value: await answer, error: null };
  } catch (error) {
    return { value: null, error: describe(error).message };
  }
}
