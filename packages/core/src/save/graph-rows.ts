import type * as tf from '@tensorflow/tfjs';
import { GraphFileError } from '../errors.js';
import type { Graph, GraphNode, KernelStep, Node, OpaqueCall, Step } from '../graph/types.js';
import type {
  CallRow,
  DataRow,
  GraphNodeRow,
  GraphRow,
  InfoRow,
  NodeRow,
  SourceRow,
  StepRow,
} from './format.js';
import type { Interned } from './interned.js';
import { dataRows, scalarRow } from './plain-data.js';
import { structureRow } from './structure-rows.js';

/** What graphs share in a file. */
export interface SharedRows {
  readonly infos: Interned<InfoRow>;
  readonly settings: Interned<Record<string, DataRow>>;
  readonly sources: Interned<SourceRow>;
  /** The row of a trace's constant. */
  constant(key: string, tensor: tf.Tensor): number;
  /** Where the author's code called a node, if that is known. */
  source(node: Node): SourceRow | null;
}

/** Writes a trace as JSON. */
export class GraphRows {
  constructor(
    private readonly constants: ReadonlyMap<string, tf.Tensor>,
    private readonly shared: SharedRows,
  ) {}

  /** @throws GraphFileError for settings that are no plain data */
  of({ values, inputs, output, root, steps, unused, aliases }: Graph): GraphRow {
    return {
      values: values.map(({ dtype, shape }) => this.shared.infos.of({ dtype, shape: [...shape] })),
      inputs: inputs.map(structureRow),
      output: structureRow(output),
      root: this.graphNode(root),
      steps: steps.map((step) => this.step(step)),
      unused: [...unused],
      aliases,
    };
  }

  private graphNode(node: GraphNode): GraphNodeRow {
    return {
      name: node.name,
      type: node.type,
      callee: node.callee,
      ...(node.isOpaque ? { isOpaque: true } : {}),
      ...(node.isScope === true ? { isScope: true } : {}),
      ...this.source(node),
      children: node.children.map((child) => this.node(child)),
    };
  }

  private node(node: Node): NodeRow {
    if (node.kind === 'graph') return this.graphNode(node);
    const settings = this.settings(node.settings, `'${node.name}'`);
    return {
      name: node.name,
      kind: node.kind,
      value: structureRow(node.value),
      ...(node.op === null ? {} : { op: node.op }),
      ...(node.operands.length === 0 ? {} : { operands: [...node.operands] }),
      ...(settings === null ? {} : { settings }),
      ...this.source(node),
    };
  }

  private source(node: Node): { source?: number } {
    const source = this.shared.source(node);
    return source === null ? {} : { source: this.shared.sources.of(source) };
  }

  /** The row of settings; null where there are none. */
  private settings(settings: Readonly<Record<string, unknown>>, of: string): number | null {
    if (Object.keys(settings).length === 0) return null;
    const refuse = (what: string): never => {
      throw new GraphFileError(`A setting of ${of} is ${what}, which cannot be saved.`);
    };
    return this.shared.settings.of(dataRows(settings, refuse));
  }

  private step(step: Step): StepRow {
    switch (step.kind) {
      case 'kernel':
        return this.kernel(step);
      case 'alias':
        return { from: step.from, to: step.to };
      case 'parameter':
        return { parameter: step.key, to: step.to };
      case 'constant': {
        const { key, to, scalar } = step;
        const constant = this.shared.constant(key, this.constants.get(key) as tf.Tensor);
        return scalar === null ? { constant, to } : { constant, to, scalar: scalarRow(scalar) };
      }
      case 'opaque':
        return {
          opaque: step.module,
          inputs: step.inputs.map(structureRow),
          parameters: step.parameters.map(({ name, value }) => [name, value] as const),
          output: structureRow(step.output),
          calls: step.calls.map((call) => this.call(call)),
        };
    }
  }

  private kernel({ kernel, inputs, inputsAreArray, attrs, outputs }: KernelStep): StepRow {
    const settings = this.settings(attrs, kernel);
    return {
      kernel,
      inputs: inputsAreArray ? Object.values(inputs) : inputs,
      ...(settings === null ? {} : { attrs: settings }),
      outputs,
    };
  }

  private call({ module, inputs, output, steps }: OpaqueCall): CallRow {
    return {
      module,
      inputs: inputs.map(structureRow),
      output: structureRow(output),
      steps: steps.map((step) => this.step(step)),
    };
  }
}
