import type { BackendName, EngineClient, EngineError, ModelInfo } from '@patchbay/core/client';
import { readImage } from '../image/read-image.js';
import type { ModelChoice } from '../models/choice.js';
import { firstSession } from '../models/first-input.js';
import { createLibrary, type Library, type LoadOutcome } from '../models/library.js';
import { afterEvent, beginLoading } from '../models/loading.js';
import { createDesks } from './desks.js';
import { crashFailure, describe, loadFailure } from './failure.js';
import { createInspector } from './inspector.js';
import { createRunQueue } from './run-queue.js';
import { createSessionStore, type Session, type SessionStore } from './session.js';
import {
  type Cut,
  createWorkbenchStore,
  initialCut,
  initialOutputCut,
  nothing,
  type OutputCut,
  type ResultTab,
  type WorkbenchStore,
} from './state.js';

export interface WorkbenchOptions {
  /** Starts a worker with an engine in it. */
  connect(onCrash: (error: EngineError) => void): EngineClient;
  session: Session;
  model: ModelChoice;
  /** The backend to try first. */
  prefer?: BackendName;
}

/** A session, the engine that runs it, and what came back. */
export interface Workbench {
  session: SessionStore;
  state: WorkbenchStore;
  /** Starts the engine, loads the model and runs. After a crash it does so anew. */
  start(): Promise<void>;
  /**
   * Loads another model; if that fails the one before stays. A model that was open before gets its input and patches
   * back, unless an example is to take their place.
   */
  load(choice: ModelChoice, example?: Session): Promise<LoadOutcome>;
  /** Stops the load that is under way; the model before stays. */
  cancelLoad(): void;
  dismissNotices(): void;
  /** Models to find, to download and to remove. */
  library: Library;
  run(): void;
  select(path: string): void;
  /** Filters the tree. */
  setFilter(filter: string): void;
  showTab(tab: ResultTab): void;
  setCut(change: Partial<Cut>): void;
  setOutputCut(change: Partial<OutputCut>): void;
  /** Shows why files could not be read. */
  fail(error: unknown): void;
  /** Runs the model on an image file; one that cannot be read is explained at the input. */
  runImage(file: Blob): Promise<void>;
  dismissFailure(): void;
  undo(): void;
  redo(): void;
}

const editPause = 60;
const longestWait = 120;
const shownTokens = 10;

export function createWorkbench({ connect, session: initial, model, prefer }: WorkbenchOptions): Workbench {
  const session = createSessionStore(initial);
  const state = createWorkbenchStore();
  let engine: EngineClient | null = null;
  const desks = createDesks(model.source);
  let last: { choice: ModelChoice; example: Session | undefined } = { choice: model, example: undefined };
  let latestLoad = 0;
  const inspector = createInspector(state, () => engine);
  const library = createLibrary({ workbench: state, getEngine: () => engine, revive: start, load });
  const runs = createRunQueue({ pause: editPause, longest: longestWait, run: runOnce });

  /** How many image files were chosen: only the last one counts. */
  let images = 0;
  session.subscribe((now, before) => {
    if (now.input !== before.input) state.setState({ imageError: null });
    if (now.input !== before.input || now.patches !== before.patches || now.position !== before.position)
      runs.schedule();
  });

  async function runOnce(isCurrent: () => boolean): Promise<void> {
    if (engine === null || state.getState().model === null) return;
    const { input, patches, position } = session.getState();
    const { nodes, result } = state.getState();
    const knownGraph = nodes.length > 0 ? (result?.graph ?? null) : null;
    state.setState({ isRunning: true });
    try {
      const next = await engine.run({ input, patches, position, topK: shownTokens, knownGraph });
      if (!isCurrent()) return;
      const known = next.nodes ?? nodes;
      const wanted = state.getState().selected ?? patches[0]?.path;
      const selected = known.find(({ path }) => path === wanted)?.path ?? null;
      state.setState({ result: next, nodes: known, runError: null, selected });
      inspector.refresh();
    } catch (error) {
      // A result of the model before would be taken for one of this model, which has no tree yet.
      if (isCurrent())
        state.setState({ runError: describe(error).message, ...(nodes.length === 0 && { result: null }) });
    } finally {
      if (isCurrent()) state.setState({ isRunning: false });
    }
  }

  async function load(choice: ModelChoice, example?: Session): Promise<LoadOutcome> {
    const { title, source, weights = 'f32', token = null } = choice;
    const client = engine;
    // An engine that is not ready loads the latest choice when it is.
    if (client === null || state.getState().phase !== 'ready') {
      last = { choice, example };
      if (state.getState().phase !== 'stopped') return 'cancelled';
      await start();
      return state.getState().model?.source === source ? 'loaded' : 'failed';
    }
    latestLoad += 1;
    const ownLoad = latestLoad;
    const isLatest = () => client === engine && ownLoad === latestLoad;
    state.setState({ loading: beginLoading(title), failure: null });
    try {
      const info = await client.load(source, { weights, token }, (event) => {
        const { loading } = state.getState();
        if (isLatest() && loading !== null) state.setState({ loading: afterEvent(loading, event) });
      });
      if (client !== engine) return 'cancelled';
      last = { choice, example: undefined };
      openDesk(choice, info, example);
      // Runs of the model before must not bring its tree back.
      runs.reset();
      const { samples = [] } = choice;
      state.setState({ model: { title, source, info, samples }, nodes: [], isRunning: false });
      const { loading } = state.getState();
      if (isLatest()) state.setState({ loading: null, notices: loading?.notices ?? [] });
      runs.flush();
      return 'loaded';
    } catch (error) {
      if (client !== engine) return 'cancelled';
      if (isLatest()) state.setState({ loading: null });
      if (describe(error).code === 'cancelled') return 'cancelled';
      const kept = state.getState().model?.title ?? null;
      state.setState({ failure: loadFailure(error, kept, source) });
      return 'failed';
    }
  }

  function openDesk({ source, first }: ModelChoice, info: ModelInfo, example?: Session): void {
    const { input, patches, position } = session.getState();
    const next = desks.open(
      { input, patches, position },
      { source, input: info.input, example: example ?? null, first: first ?? firstSession(info) },
    );
    if (next.input === input && next.patches === patches) return;
    session.getState().replace(next);
    // What was done to another model's input cannot be undone in this one.
    session.temporal.getState().clear();
    state.setState({ selected: null, cut: initialCut, outputCut: initialOutputCut, outputValues: nothing });
  }

  function stop(error: unknown): void {
    engine?.close();
    engine = null;
    runs.reset();
    inspector.reset();
    state.setState({ phase: 'stopped', loading: null, isRunning: false, failure: crashFailure(error) });
  }

  async function start(): Promise<void> {
    engine?.close();
    runs.reset();
    const client = connect((error) => {
      if (client === engine) stop(error);
    });
    engine = client;
    // A new engine has no model until it has loaded one, which may fail.
    state.setState({ phase: 'starting', failure: null, backend: null, model: null });
    try {
      const backend = await client.start(prefer);
      if (client !== engine) return;
      state.setState({ phase: 'ready', backend });
    } catch (error) {
      if (client === engine) stop(error);
      return;
    }
    await load(last.choice, last.example);
  }

  return {
    session,
    state,
    start,
    load,
    cancelLoad: () => void engine?.cancel('load'),
    dismissNotices: () => state.setState({ notices: [] }),
    library,
    run: () => runs.flush(),
    select(path) {
      if (path === state.getState().selected) return;
      const { side } = state.getState().cut;
      state.setState({ selected: path, cut: { ...initialCut, side } });
      inspector.refresh();
    },
    setFilter: (filter) => state.setState({ filter }),
    showTab(tab) {
      state.setState({ tab });
      inspector.refresh();
    },
    setCut(change) {
      state.setState({ cut: { ...state.getState().cut, ...change } });
      inspector.refresh();
    },
    setOutputCut(change) {
      state.setState({ outputCut: { ...state.getState().outputCut, ...change } });
      inspector.refresh();
    },
    fail: (error) =>
      state.setState({
        failure: loadFailure(error, state.getState().model?.title ?? null, { kind: 'files' }),
      }),
    async runImage(file) {
      const client = engine;
      const { model } = state.getState();
      images += 1;
      const chosen = images;
      // Meanwhile another image may have been chosen, or another model have come, of which it is no input.
      const isCurrent = () => chosen === images && client === engine && model === state.getState().model;
      try {
        const image = await client?.fitImage(await readImage(file));
        if (image !== undefined && isCurrent()) session.getState().setInput({ kind: 'image', ...image });
      } catch (error) {
        if (isCurrent()) state.setState({ imageError: describe(error).message });
      }
    },
    dismissFailure: () => state.setState({ failure: null }),
    undo: () => session.temporal.getState().undo(),
    redo: () => session.temporal.getState().redo(),
  };
}
