import type { CacheContents, Engine, ModelPlan, WeightKind } from '@patchbay/core/client';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { describe, type Failure, loadFailure } from '../store/failure.js';
import type { WorkbenchStore } from '../store/state.js';
import type { ModelChoice } from './choice.js';
import type { Loading } from './loading.js';

/** What became of a load. */
export type LoadOutcome = 'loaded' | 'cancelled' | 'failed';

/** How far the choice of a model has come. */
export type Stage =
  | { kind: 'choose' }
  | { kind: 'planning'; choice: ModelChoice }
  /** No plan could be made. */
  | { kind: 'refused'; choice: ModelChoice; failure: Failure }
  | Planned;

export interface Planned {
  kind: 'planned';
  choice: ModelChoice;
  plan: ModelPlan;
  weights: WeightKind;
  load: LoadState;
}

export type LoadState =
  | { kind: 'none' }
  | { kind: 'under-way' }
  /** It was cancelled; what has arrived is kept. */
  | { kind: 'stopped'; loading: Loading | null }
  | { kind: 'failed'; failure: Failure };

export type LibraryPage = 'find' | 'kept';

/** What is there to choose from, and what is chosen. */
export interface LibraryState {
  isOpen: boolean;
  page: LibraryPage;
  stage: Stage;
  /** An access token of the Hub; only ever in memory. */
  token: string;
  /** What is kept of downloads; null until it is known. */
  kept: CacheContents | null;
  /** Why that could not be read or changed. */
  keptError: string | null;
}

/** Finds models, plans and loads them, and looks after downloads. */
export interface Library {
  state: StoreApi<LibraryState>;
  open(page?: LibraryPage): void;
  close(): void;
  /** Plans a model. One on this machine that fits is loaded at once. */
  choose(choice: ModelChoice): Promise<void>;
  setToken(token: string): void;
  setWeights(weights: WeightKind): void;
  /** Loads what is planned, from where it was stopped. */
  start(): Promise<void>;
  /** Stops what is under way. */
  cancel(): void;
  /** Forgets the choice. */
  back(): void;
  showKept(): Promise<void>;
  removeKept(id: string): Promise<void>;
  clearKept(): Promise<void>;
}

export interface LibraryOptions {
  workbench: WorkbenchStore;
  getEngine(): Engine | null;
  /** Starts the engine anew after it stopped. */
  revive(): Promise<void>;
  load(choice: ModelChoice): Promise<LoadOutcome>;
}

export function createLibrary({ workbench, getEngine, revive, load }: LibraryOptions): Library {
  const state = createStore<LibraryState>()(() => ({
    isOpen: false,
    page: 'find',
    stage: { kind: 'choose' },
    token: '',
    kept: null,
    keptError: null,
  }));
  const stage = () => state.getState().stage;
  const setStage = (next: Stage) => state.setState({ stage: next });
  const setLoad = (next: LoadState) => {
    const now = stage();
    if (now.kind === 'planned') setStage({ ...now, load: next });
  };
  let latest: Loading | null = null;

  workbench.subscribe(({ loading, phase }) => {
    latest = loading ?? latest;
    // A load that died with its engine never ends by itself.
    const now = stage();
    if (phase !== 'stopped') return;
    if (now.kind === 'planning') setStage({ kind: 'choose' });
    if (now.kind === 'planned' && now.load.kind === 'under-way')
      setLoad({ kind: 'stopped', loading: latest });
  });

  async function runningEngine(): Promise<Engine> {
    if (getEngine() === null) await revive();
    const engine = getEngine();
    if (engine === null) throw new Error('The engine could not be started.');
    return engine;
  }

  async function choose(choice: ModelChoice): Promise<void> {
    const planning: Stage = { kind: 'planning', choice };
    setStage(planning);
    try {
      const token = tokenFor(choice, state.getState().token);
      const engine = await runningEngine();
      const plan = await engine.plan(choice.source, { token });
      if (stage() !== planning) return;
      setStage({ kind: 'planned', choice, plan, weights: 'f32', load: { kind: 'none' } });
    } catch (error) {
      if (stage() !== planning) return;
      const kept = workbench.getState().model?.title ?? null;
      setStage({ kind: 'refused', choice, failure: loadFailure(error, kept, choice.source) });
      state.setState({ isOpen: true, page: 'find' });
      return;
    }
    const isHere = choice.source.kind === 'files';
    const now = stage();
    if (isHere && now.kind === 'planned' && problemOf(now) === null) await start();
    else state.setState({ isOpen: true, page: 'find' });
  }

  async function start(): Promise<void> {
    const now = stage();
    if (now.kind !== 'planned' || now.load.kind === 'under-way' || problemOf(now) !== null) return;
    const { choice, weights } = now;
    const token = tokenFor(choice, state.getState().token);
    latest = null;
    setLoad({ kind: 'under-way' });
    const isSame = () => {
      const then = stage();
      return then.kind === 'planned' && then.choice === choice && then.load.kind === 'under-way';
    };
    const outcome = await load({ ...choice, weights, ...(token && { token }) });
    if (!isSame()) return;
    const { failure } = workbench.getState();
    if (outcome === 'loaded') state.setState({ isOpen: false, stage: { kind: 'choose' } });
    else if (outcome === 'failed' && failure !== null) setLoad({ kind: 'failed', failure });
    else setLoad({ kind: 'stopped', loading: latest });
  }

  function stopPlanning(): void {
    setStage({ kind: 'choose' });
    void getEngine()?.cancel('plan');
  }

  async function changeKept(change: (engine: Engine) => Promise<unknown>): Promise<void> {
    try {
      const engine = getEngine();
      if (engine === null) throw new Error('The engine is not running. Restart it first.');
      await change(engine);
      state.setState({ kept: await engine.kept(), keptError: null });
    } catch (error) {
      state.setState({ keptError: describe(error).message });
    }
  }

  return {
    state,
    open: (page = 'find') => state.setState({ isOpen: true, page }),
    close() {
      const now = stage();
      if (!state.getState().isOpen) return;
      state.setState({ isOpen: false });
      // Else its end would open the dialog again.
      if (now.kind === 'planning') stopPlanning();
      // It was seen here.
      if (now.kind === 'planned' && now.load.kind === 'failed') workbench.setState({ failure: null });
    },
    choose,
    setToken: (token) => state.setState({ token }),
    setWeights(weights) {
      const now = stage();
      if (now.kind === 'planned') setStage({ ...now, weights, load: { kind: 'none' } });
    },
    start,
    cancel() {
      const now = stage();
      if (now.kind === 'planning') {
        stopPlanning();
      } else if (now.kind === 'planned' && now.load.kind === 'under-way') {
        void getEngine()?.cancel('load');
      }
    },
    back: () => setStage({ kind: 'choose' }),
    showKept: () => changeKept(async () => undefined),
    removeKept: (id) => changeKept((engine) => engine.removeKept(id)),
    clearKept: () => changeKept((engine) => engine.clearKept()),
  };
}

/** Why the planned model cannot be loaded as its weights are chosen, or null. */
export function problemOf({ plan, weights }: Pick<Planned, 'plan' | 'weights'>): string | null {
  return plan.weights.find(({ kind }) => kind === weights)?.problem ?? null;
}

/** The token goes along where it may be needed; the engine gives it to the Hub alone. */
function tokenFor({ source }: ModelChoice, token: string): string | null {
  const text = token.trim();
  return text === '' || source.kind === 'files' ? null : text;
}
