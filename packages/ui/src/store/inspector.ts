import type { Activation, Engine, RunResult } from '@patchbay/core/client';
import { partOf } from '../compare/output-part.js';
import { axisNamer } from '../heatmap/axes.js';
import { indexAt, stripAxis } from '../heatmap/strip.js';
import { describe } from './failure.js';
import { createRunQueue } from './run-queue.js';
import { fitCut, type WorkbenchStore } from './state.js';

/** Fetches what the open tab shows of the selected node. */
export interface Inspector {
  refresh(): void;
  reset(): void;
}

export function createInspector(state: WorkbenchStore, getEngine: () => Engine | null): Inspector {
  const queue = createRunQueue({ pause: 0, longest: 0, run });

  async function run(isCurrent: () => boolean): Promise<void> {
    const { selected, tab, cut, result, nodes } = state.getState();
    const engine = getEngine();
    if (engine === null || result === null) return;
    if (tab === 'compare') await fetchOutput(engine, result, isCurrent);
    if (selected === null) return;
    const isStillWanted = () => isCurrent() && state.getState().selected === selected;
    const shape = nodes.find(({ path }) => path === selected)?.shape ?? null;
    if (tab === 'activation' && shape !== null) {
      const names = axisNames(selected, shape);
      const activation = await inspected(engine.activation({ path: selected, ...fitCut(cut, shape, names) }));
      if (!isStillWanted()) return;
      state.setState({ activation });
      if (activation.value !== null) await fetchStrip(engine, activation.value, names, isStillWanted);
    }
    if (tab === 'source') {
      const source = await inspected(engine.source(selected));
      if (isStillWanted()) state.setState({ source });
    }
  }

  async function fetchOutput(engine: Engine, { output }: RunResult, isCurrent: () => boolean): Promise<void> {
    if (output.kind !== 'tensor') return;
    const { outputCut } = state.getState();
    const part = partOf(output, outputCut.path);
    if (part === null) return;
    const names = axisNames(part.path, part.shape);
    const request = { path: part.path, ...fitCut(outputCut, part.shape, names) };
    const values = await inspected(engine.activation(request));
    if (isCurrent()) state.setState({ outputValues: values });
  }

  /** Gives way as soon as something newer is asked for. */
  async function fetchStrip(
    engine: Engine,
    shown: Activation,
    names: readonly string[],
    isStillWanted: () => boolean,
  ): Promise<void> {
    const axis = stripAxis(shown, names);
    if (axis === null) return;
    const { path, side, axes, shape } = shown;
    const strip: Activation[] = [];
    for (let place = 0; place < (shape[axis] ?? 0); place += 1) {
      const isShown = place === shown.index[axis];
      const request = { path, side, axes, index: indexAt(shown, axis, place) };
      const plane = isShown ? shown : (await inspected(engine.activation(request))).value;
      if (plane === null || queue.isWaiting() || !isStillWanted()) return;
      strip.push(plane);
    }
    state.setState({ strip });
  }

  function axisNames(path: string, shape: readonly number[]): string[] {
    return axisNamer(state.getState().model?.info ?? null)(path, shape);
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
