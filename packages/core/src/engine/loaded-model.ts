import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { entryAt, resolveNode } from '../graph/paths.js';
import type { Pretrained } from '../load/pretrained.js';
import type { Module } from '../module/module.js';
import { countParameters } from '../nn/parameter-count.js';
import type { PatchMap } from '../patchable/patch-map.js';
import { PatchableGraph } from '../patchable/patchable-graph.js';
import type { RecordedRun } from '../patchable/recorded-run.js';
import { cutActivation } from './activation.js';
import { changedPaths } from './changed-paths.js';
import { graphName } from './graph-name.js';
import { areEqual, type HostTensor, toTensor } from './host-tensor.js';
import type { ReadInput } from './input/reader.js';
import { NUMBER, nodeRecords } from './node-records.js';
import type { OutputQuery, OutputValue } from './output/reader.js';
import { placePatches, type SpecifiedPatch } from './patch-specs.js';
import { type ModelPorts, portsOf } from './ports.js';
import { disposeProbes, readProbes } from './probe-readings.js';
import type {
  Activation,
  ActivationRequest,
  ImagePixels,
  ModelInfo,
  RawImage,
  RunRequest,
  RunResult,
  SourceView,
} from './protocol.js';
import { sourceView } from './source-view.js';

/** An input that has been run without patches, and with the latest ones. */
interface KeptRuns {
  readonly input: ReadInput;
  readonly clean: RecordedRun;
  patched: { readonly run: RecordedRun; readonly changed: readonly string[] } | null;
}

/** A model with its graph and the runs that the page looks at. It owns all of them. */
export class LoadedModel {
  private kept: KeptRuns | null = null;

  private constructor(
    readonly info: ModelInfo,
    private readonly ports: ModelPorts,
    private readonly graph: PatchableGraph,
  ) {}

  /** Takes the model over and traces it; one that cannot be traced is freed. @throws UntraceableError */
  static async create(pretrained: Pretrained): Promise<LoadedModel> {
    const model: Module = pretrained.model;
    try {
      const ports = portsOf(pretrained);
      const graph = await withTensors(ports.input.example, (args) => PatchableGraph.create(model, args));
      const info: ModelInfo = {
        task: pretrained.task,
        architecture: architectureOf(pretrained),
        parameterCount: countParameters(model),
        input: ports.input.info,
        layout: ports.layout,
      };
      return new LoadedModel(info, ports, graph);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** @throws InputError if the model takes no images */
  fitImage(image: RawImage): ImagePixels {
    return this.ports.input.fitImage(image);
  }

  async run(request: RunRequest): Promise<RunResult> {
    const started = performance.now();
    const { kept, isNew } = await this.keptRunsFor(request);
    const { clean } = kept;
    const { tokens } = kept.input;
    const query: OutputQuery = { tokens, position: request.position, topK: request.topK };
    const cleanOutput = await this.ports.output.read(clean, query);
    const cleanMilliseconds = isNew ? performance.now() - started : 0;

    const patchStarted = performance.now();
    const { placed, issues } = placePatches(clean.index, request.patches);
    try {
      await this.patch(kept, issues.length > 0 ? [] : placed);
      const patchedOutput = await this.patchedOutput(kept, cleanOutput, query);
      const probes = await readProbes(placed);
      const graph = graphName(clean.index);
      return {
        tokens: [...tokens],
        output: this.ports.output.compare(cleanOutput, patchedOutput, query),
        statistics: {
          operations: clean.kernelCount,
          recomputed: kept.patched?.run.kernelCount ?? 0,
          milliseconds: performance.now() - patchStarted,
          cleanMilliseconds,
          bytes: tf.memory().numBytes,
        },
        changed: [...(kept.patched?.changed ?? [])],
        graph,
        nodes: request.knownGraph === graph ? null : nodeRecords(clean.index),
        probes,
        issues,
      };
    } catch (error) {
      // That a GPU refused a part of it shows only when it is read.
      this.forgetPatched(kept);
      throw error;
    } finally {
      disposeProbes(placed);
    }
  }

  async activation(request: ActivationRequest): Promise<Activation> {
    if (this.kept === null) throw new InputError('Nothing has been run yet.');
    const { clean, patched } = this.kept;
    const cleanValues = await hostValue(clean, request.path);
    const path = entryAt(clean.index, request.path)?.path ?? request.path;
    // A patched number changes the graph itself, and so perhaps everything.
    const isChanged =
      patched !== null && (patched.run.index !== clean.index || patched.changed.includes(path));
    const patchedValues = isChanged ? await hostValue(patched.run, request.path) : cleanValues;
    return cutActivation(request, cleanValues, patchedValues);
  }

  async source(path: string): Promise<SourceView> {
    // Only the first trace knows where the code of a node stands.
    const indices = [this.graph.index, ...(this.kept === null ? [] : [this.kept.clean.index])];
    const index = indices.find((each) => entryAt(each, path) !== undefined);
    const entry = index && entryAt(index, path);
    if (index === undefined || entry === undefined)
      throw new InputError(`There is no node '${path}' in the last run.`);
    await this.graph.loadSources();
    return sourceView(index, entry, this.graph.sources);
  }

  dispose(): void {
    this.forgetRuns();
    this.graph.dispose();
    this.graph.module.dispose();
  }

  private async keptRunsFor(request: RunRequest): Promise<{ kept: KeptRuns; isNew: boolean }> {
    const input = this.ports.input.read(request.input);
    if (this.kept !== null && isSameInput(this.kept.input, input)) return { kept: this.kept, isNew: false };
    const clean = await withTensors(input.args, (args) => this.graph.record(args));
    this.forgetRuns();
    this.kept = { input, clean, patched: null };
    return { kept: this.kept, isNew: true };
  }

  /** Replaces the patched run; if that fails there is none, rather than a disposed one. */
  private async patch(kept: KeptRuns, placed: readonly SpecifiedPatch[]): Promise<void> {
    this.forgetPatched(kept);
    if (placed.length === 0) return;
    const map = patchMap(placed);
    if (this.graph.isAsync) {
      const run = await withTensors(kept.input.args, (args) => this.graph.patch(map).record(args));
      kept.patched = { run, changed: changedPaths(kept.clean, run, placed) };
    } else {
      const run = kept.clean.patch(map);
      kept.patched = { run, changed: run.changed };
    }
  }

  private async patchedOutput(
    { patched }: KeptRuns,
    clean: OutputValue[],
    query: OutputQuery,
  ): Promise<OutputValue[]> {
    return patched === null ? clean : this.ports.output.read(patched.run, query);
  }

  private forgetPatched(kept: KeptRuns): void {
    kept.patched?.run.dispose();
    kept.patched = null;
  }

  private forgetRuns(): void {
    this.kept?.patched?.run.dispose();
    this.kept?.clean.dispose();
    this.kept = null;
  }
}

/** What kind of model it is, in a word. */
function architectureOf({ task, model, config }: Pretrained): string {
  return task === 'tensors' ? model.typeName : String(config.model_type);
}

/** Calls `use` with the arguments of some model's `forward`, which are freed afterwards. */
async function withTensors<T>(args: readonly HostTensor[], use: (args: never[]) => Promise<T>): Promise<T> {
  const tensors = args.map(toTensor);
  try {
    return await use(tensors as never[]);
  } finally {
    tf.dispose(tensors);
  }
}

function isSameInput(a: ReadInput, b: ReadInput): boolean {
  return (
    a.args.length === b.args.length && a.args.every((each, i) => areEqual(each, b.args[i] as HostTensor))
  );
}

/** The values of a node on the CPU. @throws NodePathError, InputError for what has none */
async function hostValue(run: RecordedRun, path: string): Promise<HostTensor> {
  const structure = resolveNode(run.index, path);
  if (structure.kind === 'tensor') return run.read(path);
  if (typeof structure.scalar === 'number') return { ...NUMBER, values: [structure.scalar] };
  throw new InputError(`'${path}' is ${JSON.stringify(structure.scalar)}; only numbers are drawn.`);
}

function patchMap(placed: readonly SpecifiedPatch[]): PatchMap {
  const map = new Map<string, SpecifiedPatch['patch'][]>();
  for (const { path, patch } of placed) map.set(path, [...(map.get(path) ?? []), patch]);
  return map;
}
