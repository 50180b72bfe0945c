import type {
  EngineClient,
  ModelInfo,
  NodeRecord,
  RunInput,
  RunRequest,
  RunResult,
} from '@patchbay/core/client';
import { expect, it, vi } from 'vitest';
import { createWorkbench, type WorkbenchOptions } from './workbench.js';

const info: ModelInfo = {
  task: 'text-generation',
  architecture: 'gpt2',
  parameterCount: 1,
  input: { kind: 'text', contextLength: 64, vocabularySize: 3, mask: null },
  layout: 'channels-first',
};
const root: NodeRecord = {
  path: 'x',
  aliases: [],
  name: 'x',
  kind: 'op',
  parent: -1,
  depth: 0,
  childCount: 0,
  label: 'Tensor(2)',
  type: null,
  shape: [2],
  dtype: 'float32',
};

const typed = (text: string): RunInput => ({ kind: 'text', text });

function answer({ knownGraph, input }: RunRequest): RunResult {
  const graph = input.kind === 'text' ? String(input.text.length) : input.kind;
  return {
    tokens: [],
    output: { kind: 'vocabulary', position: 0, rows: [], divergence: 0 },
    statistics: { operations: 1, recomputed: 0, milliseconds: 1, cleanMilliseconds: 1, bytes: 1 },
    changed: [],
    graph,
    nodes: knownGraph === graph ? null : [root],
    probes: [],
    issues: [],
  };
}

/** A workbench on an engine that answers at once. */
function setUp() {
  const engine = {
    start: vi.fn(async () => ({ name: 'cpu' as const, adapter: null, reason: '' })),
    load: vi.fn(async () => info),
    plan: vi.fn(async () => {
      throw new Error('not asked for');
    }),
    cancel: vi.fn(async () => undefined),
    kept: vi.fn(async () => ({ models: [], storage: null })),
    removeKept: vi.fn(async () => undefined),
    clearKept: vi.fn(async () => undefined),
    fitImage: vi.fn(async () => ({ width: 2, height: 1, channels: 1, values: [1, 0] })),
    run: vi.fn(async (request: RunRequest) => answer(request)),
    activation: vi.fn(async () => {
      throw new Error('not asked for');
    }),
    source: vi.fn(async (path: string) => ({
      path,
      file: null,
      text: null,
      lines: null,
      functionName: null,
      code: '',
    })),
    close: vi.fn(),
  } satisfies EngineClient;
  let crash: Parameters<WorkbenchOptions['connect']>[0] = () => undefined;
  const connect = vi.fn((onCrash: typeof crash) => {
    crash = onCrash;
    return engine;
  });
  const workbench = createWorkbench({
    connect,
    session: { input: typed('hello'), patches: [], position: null },
    model: { title: 'Small', source: { kind: 'url', url: 'small/' } },
  });
  const failing = (code: string, message: string) => Object.assign(new Error(message), { code });
  return { workbench, engine, connect, failing, crash: (error: never) => crash(error) };
}

it('starts, loads and runs', async () => {
  const { workbench, engine } = setUp();
  await workbench.start();
  await vi.waitFor(() => expect(workbench.state.getState().result).not.toBeNull());
  expect(workbench.state.getState()).toMatchObject({
    phase: 'ready',
    model: { title: 'Small' },
    nodes: [root],
  });
  expect(engine.run).toHaveBeenCalledTimes(1);
});

it('runs after an edit, and keeps the tree of a graph that it knows', async () => {
  const { workbench, engine } = setUp();
  await workbench.start();
  await vi.waitFor(() => expect(workbench.state.getState().result).not.toBeNull());
  workbench.session.getState().setInput(typed('HELLO'));
  await vi.waitFor(() => expect(engine.run).toHaveBeenCalledTimes(2));
  expect(engine.run.mock.calls[1]?.[0]).toMatchObject({ input: typed('HELLO'), knownGraph: '5' });
  expect(workbench.state.getState().nodes).toEqual([root]);
});

it('keeps the last result when a prompt cannot be run', async () => {
  const { workbench, engine, failing } = setUp();
  await workbench.start();
  await vi.waitFor(() => expect(workbench.state.getState().result).not.toBeNull());
  engine.run.mockRejectedValueOnce(failing('input', 'The prompt is empty.'));
  workbench.session.getState().setInput(typed(''));
  await vi.waitFor(() => expect(workbench.state.getState().runError).toBe('The prompt is empty.'));
  expect(workbench.state.getState().result).not.toBeNull();
});

it('keeps the model when another one fails to load', async () => {
  const { workbench, engine, failing } = setUp();
  await workbench.start();
  engine.load.mockRejectedValueOnce(failing('checkpoint', 'config.json is missing.'));
  await workbench.load({ title: 'Broken', source: { kind: 'files', files: [] } });
  const { model, failure, loading } = workbench.state.getState();
  expect(model?.title).toBe('Small');
  expect(loading).toBeNull();
  expect(failure).toMatchObject({ code: 'checkpoint', message: 'config.json is missing.' });
  expect(failure?.kept).toMatch(/Small is still loaded/);
});

it('stops after a crash, and starts anew with the session and the model', async () => {
  const { workbench, engine, connect, crash, failing } = setUp();
  await workbench.start();
  workbench.session.getState().add({ path: 'x' });
  crash(failing('worker-crashed', 'Out of memory.') as never);
  expect(workbench.state.getState()).toMatchObject({
    phase: 'stopped',
    failure: { message: 'Out of memory.' },
  });
  expect(engine.close).toHaveBeenCalled();
  await workbench.start();
  expect(connect).toHaveBeenCalledTimes(2);
  expect(workbench.state.getState()).toMatchObject({ phase: 'ready', failure: null });
  expect(workbench.session.getState().patches).toHaveLength(1);
  await vi.waitFor(() => expect(engine.run.mock.lastCall?.[0].patches).toHaveLength(1));
});

it('fetches the source of the selected node for the open tab only', async () => {
  const { workbench, engine } = setUp();
  await workbench.start();
  await vi.waitFor(() => expect(workbench.state.getState().result).not.toBeNull());
  workbench.select('x');
  workbench.showTab('source');
  await vi.waitFor(() => expect(workbench.state.getState().source.value?.path).toBe('x'));
  expect(engine.activation).not.toHaveBeenCalled();
});

it('takes no result of the model before for one of the new model', async () => {
  const { workbench, engine, failing } = setUp();
  await workbench.start();
  await vi.waitFor(() => expect(workbench.state.getState().result).not.toBeNull());
  engine.run.mockRejectedValueOnce(failing('input', 'The prompt is too long.'));
  await workbench.load({ title: 'Other', source: { kind: 'files', files: [] } });
  await vi.waitFor(() => expect(workbench.state.getState().runError).toBe('The prompt is too long.'));
  expect(workbench.state.getState().result).toBeNull();
});

it('loads a model chosen while the engine is stopped', async () => {
  const { workbench, engine, crash, failing } = setUp();
  await workbench.start();
  crash(failing('worker-crashed', 'Out of memory.') as never);
  await workbench.load({ title: 'Other', source: { kind: 'files', files: [] } });
  expect(workbench.state.getState()).toMatchObject({ phase: 'ready', model: { title: 'Other' } });
  expect(engine.load).toHaveBeenCalledTimes(2);
});

it('has no model when a new engine could not load it', async () => {
  const { workbench, engine, crash, failing } = setUp();
  await workbench.start();
  crash(failing('worker-crashed', 'Out of memory.') as never);
  engine.load.mockRejectedValueOnce(failing('source', 'There is no connection.'));
  await workbench.start();
  const { model, failure } = workbench.state.getState();
  expect(model).toBeNull();
  expect(failure?.kept).not.toMatch(/still loaded/);
});

it('asks for a cut that the shape has', async () => {
  const { workbench, engine } = setUp();
  await workbench.start();
  await vi.waitFor(() => expect(workbench.state.getState().result).not.toBeNull());
  workbench.select('x');
  workbench.setCut({ axes: [2, 1], index: [5] });
  workbench.showTab('activation');
  await vi.waitFor(() => expect(engine.activation).toHaveBeenCalled());
  expect(engine.activation).toHaveBeenLastCalledWith(expect.objectContaining({ axes: null, index: [1] }));
});

it('gives a model its input and patches back when it is opened again', async () => {
  const { workbench, engine } = setUp();
  await workbench.start();
  workbench.session.getState().add({ path: 'x' });
  const image = { width: 2, height: 1, channels: 1 };
  engine.load.mockResolvedValueOnce({ ...info, input: { kind: 'image', ...image } });
  const picture: RunInput = { kind: 'image', ...image, values: [0, 1] };
  const digits = {
    title: 'Digits',
    source: { kind: 'url' as const, url: 'digits/' },
    first: { input: picture, patches: [], position: null },
  };
  await workbench.load(digits);
  expect(workbench.session.getState()).toMatchObject({ input: picture, patches: [] });
  await vi.waitFor(() => expect(engine.run.mock.lastCall?.[0].input).toEqual(picture));
  workbench.undo();
  expect(workbench.session.getState().input).toEqual(picture);
  await workbench.load({ title: 'Small', source: { kind: 'url', url: 'small/' } });
  expect(workbench.session.getState().input).toEqual(typed('hello'));
  expect(workbench.session.getState().patches).toHaveLength(1);
});

it('keeps the session of the open model while another one fails to load', async () => {
  const { workbench, engine, failing } = setUp();
  await workbench.start();
  engine.load.mockRejectedValueOnce(failing('source', 'There is no connection.'));
  const example = { input: typed('other'), patches: [], position: null };
  await workbench.load({ title: 'Other', source: { kind: 'files', files: [] } }, example);
  expect(workbench.session.getState().input).toEqual(typed('hello'));
});

it('fetches the values of an output that is a tensor while it is compared', async () => {
  const { workbench, engine } = setUp();
  const change = { largest: 1, mean: 1, relative: 1, cosine: 1, excluded: 0 };
  const part = { path: 'output', shape: [1, 4], dtype: 'float32', change };
  engine.run.mockImplementation(async (request) => ({
    ...answer(request),
    output: { kind: 'tensor', parts: [part] },
  }));
  await workbench.start();
  await vi.waitFor(() =>
    expect(engine.activation).toHaveBeenLastCalledWith({
      path: 'output',
      side: 'delta',
      axes: null,
      index: [0, 0],
    }),
  );
  workbench.setOutputCut({ side: 'clean' });
  await vi.waitFor(() =>
    expect(engine.activation).toHaveBeenLastCalledWith(expect.objectContaining({ side: 'clean' })),
  );
});
