import type { BackendName, EngineClient, EngineError, ModelSource } from '@patchbay/core/client';
import { crashFailure, describe, loadFailure } from './failure.js';
import { createInspector } from './inspector.js';
import { createRunQueue } from './run-queue.js';
import { createSessionStore, type Session, type SessionStore } from './session.js';
import { type Cut, createWorkbenchStore, initialCut, type ResultTab, type WorkbenchStore } from './state.js';

/** A model to load and what to call it. */
export interface ModelChoice {
  title: string;
  source: ModelSource;
}

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
  /** Loads another model; if that fails the one before stays. */
  load(choice: ModelChoice): Promise<void>;
  run(): void;
  select(path: string): void;
  /** Filters the tree. */
  setFilter(filter: string): void;
  showTab(tab: ResultTab): void;
  setCut(change: Partial<Cut>): void;
  /** Shows why files could not be read. */
  fail(error: unknown): void;
  dismissFailure(): void;
  undo(): void;
  redo(): void;
}

const editPause = 60;
const shownTokens = 10;

export function createWorkbench({ connect, session: initial, model, prefer }: WorkbenchOptions): Workbench {
  const session = createSessionStore(initial);
  const state = createWorkbenchStore();
  let engine: EngineClient | null = null;
  let lastChoice = model;
  let latestLoad = 0;
  const inspector = createInspector(state, () => engine);
  const runs = createRunQueue({ pause: editPause, run: runOnce });

  session.subscribe((now, before) => {
    if (now.text !== before.text || now.patches !== before.patches || now.position !== before.position)
      runs.schedule();
  });

  async function runOnce(isCurrent: () => boolean): Promise<void> {
    if (engine === null || state.getState().model === null) return;
    const { text, patches, position } = session.getState();
    const { nodes, result } = state.getState();
    const knownGraph = nodes.length > 0 ? (result?.graph ?? null) : null;
    state.setState({ isRunning: true });
    try {
      const next = await engine.run({ text, patches, position, topK: shownTokens, knownGraph });
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

  async function load(choice: ModelChoice): Promise<void> {
    const { title, source } = choice;
    const client = engine;
    // An engine that is not ready loads the latest choice when it is.
    if (client === null || state.getState().phase !== 'ready') {
      lastChoice = choice;
      if (state.getState().phase === 'stopped') await start();
      return;
    }
    latestLoad += 1;
    const ownLoad = latestLoad;
    const isLatest = () => client === engine && ownLoad === latestLoad;
    state.setState({ loading: { title, progress: null }, failure: null });
    try {
      const info = await client.load(source, (progress) => {
        if (isLatest() && state.getState().loading !== null) state.setState({ loading: { title, progress } });
      });
      if (client !== engine) return;
      lastChoice = choice;
      // Runs of the model before must not bring its tree back.
      runs.reset();
      state.setState({ model: { title, source, info }, nodes: [], isRunning: false });
      if (isLatest()) state.setState({ loading: null });
      runs.flush();
    } catch (error) {
      if (client !== engine) return;
      const kept = state.getState().model?.title ?? null;
      state.setState({ failure: loadFailure(error, kept) });
      if (isLatest()) state.setState({ loading: null });
    }
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
    await load(lastChoice);
  }

  return {
    session,
    state,
    start,
    load,
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
    fail: (error) => state.setState({ failure: loadFailure(error, state.getState().model?.title ?? null) }),
    dismissFailure: () => state.setState({ failure: null }),
    undo: () => session.temporal.getState().undo(),
    redo: () => session.temporal.getState().redo(),
  };
}
