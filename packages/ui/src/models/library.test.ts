import type { Engine, ModelPlan, ModelSource } from '@patchbay/core/client';
import { expect, it, vi } from 'vitest';
import { createWorkbenchStore } from '../store/state.js';
import type { ModelChoice } from './choice.js';
import { createLibrary, type LoadOutcome, type Planned } from './library.js';
import { beginLoading } from './loading.js';

const plan: ModelPlan = {
  name: 'a/b@c0ffee',
  task: 'text-generation',
  architecture: 'gpt2',
  parameterCount: 1000,
  download: { bytes: 4000, here: 0 },
  weights: [
    { kind: 'f32', bytes: 4000, problem: null, remark: null },
    { kind: 'int8', bytes: 1000, problem: null, remark: null },
  ],
  device: { backend: 'cpu', free: null, largestTensor: null },
  storageLeft: null,
  notices: [],
};
const tooLarge: ModelPlan = {
  ...plan,
  weights: [{ kind: 'f32', bytes: 4000, problem: 'It is too large.', remark: null }],
};
const hub: ModelSource = { kind: 'hub', id: 'a/b', revision: null };
const choice: ModelChoice = { title: 'a/b', source: hub };
const local: ModelChoice = { title: 'Local', source: { kind: 'files', files: [] } };
const progress = { loaded: 5, total: 10, rate: 1, secondsLeft: 5 };
const failing = (code: string) => Object.assign(new Error(`It is ${code}.`), { code });

function setUp() {
  const engine = {
    plan: vi.fn(async (_source: ModelSource, _options?: object) => plan),
    cancel: vi.fn(async () => undefined),
    kept: vi.fn(async () => ({ models: [], storage: null })),
    removeKept: vi.fn(async (_id: string) => undefined),
    clearKept: vi.fn(async () => undefined),
  };
  const workbench = createWorkbenchStore();
  let end: (outcome: LoadOutcome) => void = () => undefined;
  const load = vi.fn(
    (_choice: ModelChoice) =>
      new Promise<LoadOutcome>((resolve) => {
        end = resolve;
      }),
  );
  let isRunning = true;
  const getEngine = () => (isRunning ? (engine as unknown as Engine) : null);
  const revive = vi.fn(async () => {
    isRunning = true;
  });
  const library = createLibrary({ workbench, getEngine, revive, load });
  const stage = () => library.state.getState().stage;
  const stop = () => {
    isRunning = false;
  };
  return {
    engine,
    workbench,
    library,
    load,
    stage,
    revive,
    stop,
    end: (outcome: LoadOutcome) => end(outcome),
  };
}

it('plans a model, and loads it when asked', async () => {
  const { engine, library, load, stage, end } = setUp();
  library.open();
  const choosing = library.choose(choice);
  expect(stage()).toMatchObject({ kind: 'planning' });
  await choosing;
  expect(stage()).toMatchObject({ kind: 'planned', plan, weights: 'f32', load: { kind: 'none' } });
  expect(engine.plan).toHaveBeenCalledWith(hub, { token: null });
  expect(load).not.toHaveBeenCalled();
  library.setWeights('int8');
  const loading = library.start();
  expect(load).toHaveBeenCalledWith({ ...choice, weights: 'int8' });
  expect(stage()).toMatchObject({ load: { kind: 'under-way' } });
  await library.start();
  expect(load).toHaveBeenCalledTimes(1);
  end('loaded');
  await loading;
  expect(library.state.getState()).toMatchObject({ isOpen: false, stage: { kind: 'choose' } });
});

it('stops a load, and goes on with it', async () => {
  const { engine, workbench, library, load, stage, end } = setUp();
  await library.choose(choice);
  const loading = library.start();
  workbench.setState({ loading: { ...beginLoading('a/b'), progress } });
  library.cancel();
  expect(engine.cancel).toHaveBeenCalledWith('load');
  workbench.setState({ loading: null });
  end('cancelled');
  await loading;
  expect(stage()).toMatchObject({ load: { kind: 'stopped', loading: { progress } } });
  void library.start();
  expect(load).toHaveBeenCalledTimes(2);
});

it('keeps a failed load to try it again, and says once why it failed', async () => {
  const { workbench, library, stage, end } = setUp();
  await library.choose(choice);
  const loading = library.start();
  const failure = { code: 'source', message: 'No.', kept: 'All.', advice: 'Again.' };
  workbench.setState({ failure });
  end('failed');
  await loading;
  expect(stage()).toMatchObject({ load: { kind: 'failed', failure } });
  library.close();
  expect(workbench.getState().failure).toBeNull();
});

it('explains what cannot be planned, and takes a token for it', async () => {
  const { engine, library, load, stage, end } = setUp();
  engine.plan.mockRejectedValueOnce(failing('access'));
  await library.choose(choice);
  expect(stage()).toMatchObject({ kind: 'refused', failure: { code: 'access', message: 'It is access.' } });
  library.setToken(' hf_secret ');
  await library.choose(choice);
  expect(engine.plan).toHaveBeenLastCalledWith(hub, { token: 'hf_secret' });
  const loading = library.start();
  expect(load).toHaveBeenCalledWith({ ...choice, weights: 'f32', token: 'hf_secret' });
  end('loaded');
  await loading;
});

it('loads files of this machine without a question, if they fit', async () => {
  const { engine, library, load, stage } = setUp();
  void library.choose(local);
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  expect(library.state.getState().isOpen).toBe(false);
  engine.plan.mockResolvedValueOnce(tooLarge);
  await library.choose(local);
  expect(library.state.getState().isOpen).toBe(true);
  expect(stage()).toMatchObject({ kind: 'planned', load: { kind: 'none' } });
  await library.start();
  expect(load).toHaveBeenCalledTimes(1);
});

it('follows the newest choice alone', async () => {
  const { engine, library, stage } = setUp();
  let answer: (plan: ModelPlan) => void = () => undefined;
  engine.plan.mockImplementationOnce(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const first = library.choose(choice);
  const other = { ...choice, title: 'other' };
  await library.choose(other);
  answer(plan);
  await first;
  expect((stage() as Planned).choice).toBe(other);
  void library.choose(choice);
  library.cancel();
  expect(stage()).toEqual({ kind: 'choose' });
  expect(engine.cancel).toHaveBeenCalledWith('plan');
});

it('a plan ends with the dialog that shows it, and does not open it again', async () => {
  const { engine, library, stage } = setUp();
  library.open();
  const choosing = library.choose(choice);
  library.close();
  expect(stage()).toEqual({ kind: 'choose' });
  await choosing;
  expect(engine.cancel).toHaveBeenCalledWith('plan');
  expect(library.state.getState()).toMatchObject({ isOpen: false, stage: { kind: 'choose' } });
  const other = library.choose(choice);
  // As the dialog says once more that it has closed.
  library.close();
  await other;
  expect(library.state.getState()).toMatchObject({ isOpen: true, stage: { kind: 'planned' } });
});

it('a load that dies with the engine can be resumed', async () => {
  const { workbench, library, stage } = setUp();
  await library.choose(choice);
  void library.start();
  workbench.setState({ loading: { ...beginLoading('a/b'), progress } });
  workbench.setState({ phase: 'stopped', loading: null });
  expect(stage()).toMatchObject({ load: { kind: 'stopped', loading: { progress } } });
});

it('starts an engine that has stopped', async () => {
  const { library, stage, revive, stop } = setUp();
  stop();
  await library.choose(choice);
  expect(revive).toHaveBeenCalledTimes(1);
  expect(stage()).toMatchObject({ kind: 'planned' });
});

it('lists and removes what is kept', async () => {
  const { engine, library, stop } = setUp();
  await library.removeKept('x');
  expect(engine.removeKept).toHaveBeenCalledWith('x');
  expect(library.state.getState().kept).toEqual({ models: [], storage: null });
  engine.clearKept.mockRejectedValueOnce(failing('source'));
  await library.clearKept();
  expect(library.state.getState().keptError).toBe('It is source.');
  stop();
  await library.showKept();
  expect(library.state.getState().keptError).toMatch(/not running/);
});
