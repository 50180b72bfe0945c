/**
 * What the page and the engine's worker say to each other: plain data only, so that every
 * message survives structured cloning. Nothing here imports tfjs.
 */

/** The tfjs backends in the order in which the engine tries them. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Which backend runs, and in words why it is that one. */
export interface BackendInfo {
  name: BackendName;
  /** The GPU adapter's description on WebGPU, else null. */
  adapter: string | null;
  reason: string;
}

/** Where a checkpoint in Hugging Face's folder layout comes from. */
export type ModelSource = { kind: 'url'; url: string } | { kind: 'files'; files: File[] };

/** Progress of loading a model; `total` is 0 while it is unknown. */
export interface LoadProgress {
  stage: 'download' | 'trace';
  /** Bytes done and bytes in all. */
  loaded: number;
  total: number;
}

/** What the page shows about a loaded model. */
export interface ModelInfo {
  /** `model_type` of its config, such as `gpt2`. */
  architecture: string;
  parameterCount: number;
  /** Longest prompt, in tokens. */
  contextLength: number;
  vocabularySize: number;
}

/** One token of a prompt; `text` is what it decodes to, its leading space included. */
export interface Token {
  id: number;
  text: string;
}

export type NodeKind =
  | 'graph'
  | 'input'
  | 'parameter'
  | 'buffer'
  | 'attribute'
  | 'constant'
  | 'op'
  | 'output'
  /** A part of a structured value, dug out with `|`. */
  | 'part';

/** One line of the node-path tree. The tree is an array in preorder: a node's children follow it. */
export interface NodeRecord {
  /** The full node path, such as `transformer.h_2.attn.pattern`; `''` for the root. */
  path: string;
  /** The last part of the path. */
  name: string;
  kind: NodeKind;
  /** Index of the parent in the array, -1 for the root. */
  parent: number;
  depth: number;
  childCount: number;
  /** What the tree prints after the name: `Tensor(1, 4, 7, 7)`, `Graph(6)`; the value of a number, boolean or string. */
  label: string;
  /** Class of a graph's module (`Linear`) or the op that made the node (`softmax`), else null. */
  type: string | null;
  /** Shape and dtype where the node is one tensor or a number (`[]`, `number`), else null. Only such nodes can be patched. */
  shape: number[] | null;
  dtype: string | null;
}

/** Kinds of patches that the page attaches. */
export type PatchKind = 'zero' | 'replace' | 'add' | 'probe';

/** A patch as plain data. */
export interface PatchSpec {
  id: string;
  path: string;
  kind: PatchKind;
  /** NumPy-style slice text such as `:, 1, -1, :`; empty means everything. A probe reads only this part. */
  slice: string;
  /** For `replace` and `add`: a number or nested arrays that broadcast to the slice. */
  value: number | NestedNumbers;
  enabled: boolean;
}

export type NestedNumbers = (number | NestedNumbers)[];

/** What is wrong with one patch, found before anything runs. */
export interface PatchIssue {
  patchId: string;
  field: 'path' | 'slice' | 'value';
  message: string;
}

export interface RunRequest {
  text: string;
  /** In the order in which they apply. Disabled ones are ignored. */
  patches: PatchSpec[];
  /** Token position whose next-token distribution is compared; negative counts from the end. */
  position: number;
  /** How many of the most probable tokens to return (of clean and of patched, merged). */
  topK: number;
  /** `graph` of the tree the page already has; the answer then leaves out an equal one. */
  knownGraph: string | null;
}

/** One row of the comparison. Ranks start at 1. Patched figures equal the clean ones without patches. */
export interface TokenRow {
  token: Token;
  clean: TokenScore;
  patched: TokenScore;
}

export interface TokenScore {
  logit: number;
  probability: number;
  rank: number;
}

export interface RunStatistics {
  /** Kernels of the whole graph, and those run again for the patches. */
  operations: number;
  recomputed: number;
  /** Wall time of the patched run including reading the result, in milliseconds. */
  milliseconds: number;
  /** Wall time of the clean run; 0 where a kept one was used. */
  cleanMilliseconds: number;
  /** Bytes that the backend holds. */
  bytes: number;
}

/** What a probe saw at its place in the order of patches. */
export interface ProbeReading {
  patchId: string;
  /** Shape of the part that its slice selects. */
  shape: number[];
  statistics: Omit<TensorStatistics, 'scale'>;
  /** The first 64 values, row-major. */
  values: number[];
}

export interface RunResult {
  tokens: Token[];
  /** The position compared, counted from 0. */
  position: number;
  /** Sorted by the larger of the two probabilities, highest first. */
  rows: TokenRow[];
  /** KL(clean ‖ patched) of the next-token distributions at `position`, in nats. */
  divergence: number;
  statistics: RunStatistics;
  /** Paths downstream of the patches: their patched value may differ from the clean one. */
  changed: string[];
  /** Names the graph that was run; it changes with the prompt's length. */
  graph: string;
  /** The tree of that graph, or null if the page said that it knows it. */
  nodes: NodeRecord[] | null;
  probes: ProbeReading[];
  /** When not empty, nothing was run with patches: `rows` show the clean run on both sides. */
  issues: PatchIssue[];
}

/** Which run's values to look at. `delta` is patched − clean. */
export type RunSide = 'clean' | 'patched' | 'delta';

export interface ActivationRequest {
  path: string;
  side: RunSide;
  /** The two axes shown, or null to let the engine take the last two. */
  axes: [row: number, column: number] | null;
  /** One index per axis for the axes not shown; missing ones are 0. */
  index: number[];
}

/** A two-dimensional cut through a tensor of the last run, row-major. */
export interface Activation {
  path: string;
  side: RunSide;
  shape: number[];
  dtype: string;
  /** -1 for an axis that a tensor of lower rank lacks. */
  axes: [row: number, column: number];
  index: number[];
  rows: number;
  columns: number;
  values: Float32Array;
  statistics: TensorStatistics;
}

/** Over all finite values of the whole tensor; entries beyond ±1e30 (masked scores) are left out. */
export interface TensorStatistics {
  minimum: number;
  maximum: number;
  mean: number;
  standardDeviation: number;
  /** Largest absolute value over clean and patched, so that the sides share one colour scale. */
  scale: number;
  /** How many entries are masked, infinite or not a number. */
  excluded: number;
}

/** Where a node comes from in the author's code. */
export interface SourceView {
  path: string;
  /** The author's file and text, with the lines of the node marked (counted from 1), where known. */
  file: string | null;
  text: string | null;
  /** First and last marked line. */
  lines: [first: number, last: number] | null;
  functionName: string | null;
  /** For graphs: the compiled code, one assignment a line. For operations: the author's line(s). */
  code: string;
}

/** The engine as the page calls it. Every method may reject with an `EngineError`. */
export interface Engine {
  /** Starts the first backend that works; call it first. `prefer` tries one before the others. */
  start(prefer?: BackendName): Promise<BackendInfo>;
  /** Loads a model and frees the one before it, which stays if loading fails. */
  load(source: ModelSource, onProgress?: (progress: LoadProgress) => void): Promise<ModelInfo>;
  run(request: RunRequest): Promise<RunResult>;
  /** Values of the last run. */
  activation(request: ActivationRequest): Promise<Activation>;
  source(path: string): Promise<SourceView>;
}
