import type { ConstantStep, KernelStep, OpaqueCall, OpaqueStep, Step, ValueId } from '../graph/types.js';
import type { Item } from './item.js';
import { readScalar } from './plain-data.js';
import { readSettings, readValue, readValues, type SharedParts } from './read-nodes.js';
import { readStructure } from './structure-rows.js';

/** Reads the steps of a graph. */
export class StepReader {
  /** Numbers of the tensors that are constants of the graph, by the keys of their steps. */
  readonly constants = new Map<string, number>();

  constructor(
    private readonly valueCount: number,
    private readonly shared: SharedParts,
  ) {}

  /** @throws GraphFileError */
  steps(item: Item): Step[] {
    return item.list().map((each) => this.step(each));
  }

  private step(item: Item): Step {
    if (item.has('kernel')) return this.kernel(item);
    if (item.has('from')) {
      const { from, to } = item.fields(['from', 'to']);
      return { kind: 'alias', from: this.value(from), to: this.value(to) };
    }
    if (item.has('parameter')) {
      const { parameter, to } = item.fields(['parameter', 'to']);
      return { kind: 'parameter', key: parameter.text(), to: this.value(to) };
    }
    if (item.has('constant')) return this.constant(item);
    if (item.has('opaque')) return this.opaque(item);
    return item.fail('a step: a kernel, an alias, a parameter, a constant or an opaque module');
  }

  private kernel(item: Item): KernelStep {
    const { kernel, inputs, attrs, outputs } = item.fields(['kernel', 'inputs', 'outputs'], ['attrs']);
    const inputsAreArray = Array.isArray(inputs.value);
    const given = inputsAreArray
      ? inputs.list().map((input, i) => [String(i), input] as const)
      : inputs.members();
    return {
      kind: 'kernel',
      kernel: kernel.text(),
      inputs: Object.fromEntries(
        given.map(([key, input]) => [
          key,
          Array.isArray(input.value) ? this.values(input) : this.value(input),
        ]),
      ),
      inputsAreArray,
      attrs: readSettings(attrs, this.shared),
      outputs: this.values(outputs),
    };
  }

  private constant(item: Item): ConstantStep {
    const { constant, to, scalar } = item.fields(['constant', 'to'], ['scalar']);
    const value = this.value(to);
    const key = String(value);
    this.constants.set(key, constant.index(this.shared.tensorCount, 'tensors'));
    const number = scalar === undefined ? null : readScalar(scalar);
    if (number !== null && typeof number !== 'number')
      return item.fail('a constant whose scalar is a number');
    return { kind: 'constant', key, to: value, scalar: number };
  }

  private opaque(item: Item): OpaqueStep {
    const { opaque, inputs, parameters, output, calls } = item.fields([
      'opaque',
      'inputs',
      'parameters',
      'output',
      'calls',
    ]);
    return {
      kind: 'opaque',
      module: opaque.text(),
      inputs: inputs.list().map((each) => this.structure(each)),
      parameters: parameters.list().map((held) => {
        const [name, value] = held.pair();
        return { name: name.text(), value: this.value(value) };
      }),
      attributes: [],
      output: this.structure(output),
      calls: calls.list().map((each) => this.call(each)),
    };
  }

  private call(item: Item): OpaqueCall {
    const { module, inputs, output, steps } = item.fields(['module', 'inputs', 'output', 'steps']);
    return {
      module: module.text(),
      inputs: inputs.list().map((each) => this.structure(each)),
      output: this.structure(output),
      steps: this.steps(steps),
    };
  }

  private structure(item: Item) {
    return readStructure(item, this.valueCount);
  }

  private value(item: Item): ValueId {
    return readValue(item, this.valueCount);
  }

  private values(item: Item): ValueId[] {
    return readValues(item, this.valueCount);
  }
}
