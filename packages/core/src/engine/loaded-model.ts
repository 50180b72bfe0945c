import * as tf from '@tensorflow/tfjs';
import { klDivergence, rankOf, softmax, topIndices } from '../analysis/next-token.js';
import { InputError } from '../errors.js';
import { resolveNode } from '../graph/paths.js';
import type { Pretrained } from '../load/load-pretrained.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PatchMap } from '../patchable/patch-map.js';
import { PatchableGraph } from '../patchable/patchable-graph.js';
import type { RecordedRun } from '../patchable/recorded-run.js';
import { cutActivation, type HostTensor } from './activation.js';
import { NUMBER, nodeRecords } from './node-records.js';
import { placePatches, type SpecifiedPatch } from './patch-specs.js';
import { disposeProbes, readProbes } from './probe-readings.js';
import type {
  Activation,
  ActivationRequest,
  ModelInfo,
  RunRequest,
  RunResult,
  SourceView,
  Token,
  TokenRow,
  TokenScore,
} from './protocol.js';
import { sourceView } from './source-view.js';

/** A prompt that has been run without patches, and with the latest ones. */
interface Prompt {
  readonly ids: readonly number[];
  readonly clean: RecordedRun;
  patched: RecordedRun | null;
}

/** A language model with its graph and the runs that the page looks at. It owns all of them. */
export class LoadedModel {
  readonly info: ModelInfo;
  private readonly graph: PatchableGraph<LanguageModel>;
  private prompt: Prompt | null = null;

  /** Takes the model over. */
  constructor(private readonly pretrained: Pretrained) {
    const { model, config } = pretrained;
    const example = tf.zeros<tf.Rank.R2>([1, 1], 'int32');
    try {
      this.graph = new PatchableGraph<LanguageModel>(model, [example]);
    } finally {
      example.dispose();
    }
    this.info = {
      architecture: String(config.model_type),
      parameterCount: [...model.namedParameters().values()].reduce((sum, { size }) => sum + size, 0),
      contextLength: model.contextLength,
      vocabularySize: model.vocabularySize,
    };
  }

  async run(request: RunRequest): Promise<RunResult> {
    const started = performance.now();
    const { prompt, isNew } = await this.promptFor(request.text);
    const { clean } = prompt;
    const position = this.position(request.position, prompt.ids.length);
    const cleanLogits = await logitsAt(clean, position);
    const cleanMilliseconds = isNew ? performance.now() - started : 0;

    const patchStarted = performance.now();
    const { placed, issues } = placePatches(clean.index, request.patches);
    try {
      const patched = patchPrompt(prompt, issues.length > 0 ? [] : placed);
      const patchedLogits = patched === null ? cleanLogits : await logitsAt(patched, position);
      const probes = await readProbes(placed);
      const key = `${prompt.ids.length}`;
      return {
        tokens: prompt.ids.map((id) => this.token(id)),
        position,
        ...this.compare(cleanLogits, patchedLogits, request.topK),
        statistics: {
          operations: clean.kernelCount,
          recomputed: patched?.kernelCount ?? 0,
          milliseconds: performance.now() - patchStarted,
          cleanMilliseconds,
          bytes: tf.memory().numBytes,
        },
        changed: [...(patched?.changed ?? [])],
        graph: key,
        nodes: request.knownGraph === key ? null : nodeRecords(clean.index),
        probes,
        issues,
      };
    } finally {
      disposeProbes(placed);
    }
  }

  async activation(request: ActivationRequest): Promise<Activation> {
    if (this.prompt === null) throw new InputError('Nothing has been run yet.');
    const { clean, patched } = this.prompt;
    const cleanValues = await hostValue(clean, request.path);
    // A patched number changes the graph itself, and so perhaps everything.
    const isChanged =
      patched !== null && (patched.index !== clean.index || patched.changed.includes(request.path));
    const patchedValues = isChanged ? await hostValue(patched, request.path) : cleanValues;
    return cutActivation(request, cleanValues, patchedValues);
  }

  async source(path: string): Promise<SourceView> {
    // Only the first trace knows where the code of a node stands.
    const index = [this.graph.index, this.prompt?.clean.index].find((each) => each?.byPath.has(path));
    const entry = index?.byPath.get(path);
    if (index === undefined || entry === undefined)
      throw new InputError(`There is no node '${path}' in the last run.`);
    await this.graph.loadSources();
    return sourceView(index, entry, this.graph.sources);
  }

  dispose(): void {
    this.forgetPrompt();
    this.graph.dispose();
    this.pretrained.model.dispose();
  }

  private async promptFor(text: string): Promise<{ prompt: Prompt; isNew: boolean }> {
    const ids = this.pretrained.tokenizer.encode(text);
    const { contextLength } = this.info;
    if (ids.length === 0) throw new InputError('The prompt is empty. Type some text to run the model on.');
    if (ids.length > contextLength) {
      throw new InputError(
        `The prompt has ${ids.length} tokens; this model reads at most ${contextLength}. Shorten it.`,
      );
    }
    if (this.prompt !== null && tf.util.arraysEqual(ids, [...this.prompt.ids]))
      return { prompt: this.prompt, isNew: false };
    const input = tf.tensor2d([ids], [1, ids.length], 'int32');
    try {
      const clean = await this.graph.record([input]);
      this.forgetPrompt();
      this.prompt = { ids, clean, patched: null };
    } finally {
      input.dispose();
    }
    return { prompt: this.prompt, isNew: true };
  }

  private forgetPrompt(): void {
    this.prompt?.patched?.dispose();
    this.prompt?.clean.dispose();
    this.prompt = null;
  }

  private position(wanted: number, length: number): number {
    const position = wanted < 0 ? length + wanted : wanted;
    return Math.min(length - 1, Math.max(0, position));
  }

  private compare(
    clean: Float32Array,
    patched: Float32Array,
    topK: number,
  ): Pick<RunResult, 'rows' | 'divergence'> {
    const p = softmax(clean);
    const q = softmax(patched);
    const ids = new Set([...topIndices(p, topK), ...topIndices(q, topK)]);
    const larger = (id: number) => Math.max(p[id] as number, q[id] as number);
    const score = (logits: Float32Array, probabilities: Float64Array, id: number): TokenScore => ({
      logit: logits[id] as number,
      probability: probabilities[id] as number,
      rank: rankOf(logits, id),
    });
    const rows: TokenRow[] = [...ids]
      .sort((a, b) => larger(b) - larger(a))
      .map((id) => ({ token: this.token(id), clean: score(clean, p, id), patched: score(patched, q, id) }));
    return { rows, divergence: klDivergence(clean, patched) };
  }

  private token(id: number): Token {
    return { id, text: this.pretrained.tokenizer.tokenText(id) };
  }
}

/** Replaces the prompt's patched run; if that fails there is none, rather than a disposed one. */
function patchPrompt(prompt: Prompt, placed: readonly SpecifiedPatch[]): RecordedRun | null {
  prompt.patched?.dispose();
  prompt.patched = null;
  if (placed.length > 0) prompt.patched = prompt.clean.patch(patchMap(placed));
  return prompt.patched;
}

/** Logits `[vocabulary]` of the first batch item at a position. */
async function logitsAt(run: RecordedRun, position: number): Promise<Float32Array> {
  const { logits } = run.output as { logits: tf.Tensor3D };
  const row = tf.tidy(() => logits.slice([0, position, 0], [1, 1, -1]).flatten());
  try {
    return (await row.data()) as Float32Array;
  } finally {
    row.dispose();
  }
}

async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  return { shape: tensor.shape, dtype: tensor.dtype, values: await tensor.data() };
}

/** The values of a node on the CPU. @throws NodePathError, InputError for what has none */
async function hostValue(run: RecordedRun, path: string): Promise<HostTensor> {
  const structure = resolveNode(run.index, path);
  if (structure.kind === 'tensor') return toHost(run.value(path));
  if (typeof structure.scalar === 'number') return { ...NUMBER, values: [structure.scalar] };
  throw new InputError(`'${path}' is ${JSON.stringify(structure.scalar)}; only numbers are drawn.`);
}

function patchMap(placed: readonly SpecifiedPatch[]): PatchMap {
  const map = new Map<string, SpecifiedPatch['patch'][]>();
  for (const { path, patch } of placed) map.set(path, [...(map.get(path) ?? []), patch]);
  return map;
}
