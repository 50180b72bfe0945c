import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import { allTensors, childrenOf, type Module, tensorsOf, walk } from '../module/module.js';
import { type TraceOptions, trace } from '../trace/trace.js';
import type { Trace, Traceable, TraceNames } from '../trace/types.js';

/** How many input signatures keep their trace. */
const CAPACITY = 16;

/** The traces of one module by input signature (spec rule T3). It owns their constants. */
export class TraceCache {
  private readonly traces = new Map<string, Trace>();

  constructor(
    private readonly module: Module,
    private readonly options: TraceOptions,
  ) {}

  /** The trace for inputs like these, made now if there is none. */
  for(inputs: readonly unknown[]): Trace {
    const signature = signatureOf(inputs);
    const known = this.traces.get(signature);
    if (known !== undefined) {
      this.traces.delete(signature);
      this.traces.set(signature, known);
      return known;
    }
    const made = trace(this.module as Traceable, traceNames(this.module), inputs, this.options);
    this.traces.set(signature, made);
    const [oldest] = this.traces.keys();
    if (this.traces.size > CAPACITY && oldest !== undefined) this.drop(oldest);
    return made;
  }

  /** A new trace in place of the one for inputs like these. */
  renew(inputs: readonly unknown[]): Trace {
    this.drop(signatureOf(inputs));
    return this.for(inputs);
  }

  dispose(): void {
    for (const signature of [...this.traces.keys()]) this.drop(signature);
  }

  private drop(signature: string): void {
    tf.dispose([...(this.traces.get(signature)?.constants.values() ?? [])]);
    this.traces.delete(signature);
  }
}

/** What a trace depends on: structure, shapes and dtypes, and the values of scalars. */
function signatureOf(value: unknown): string {
  if (value instanceof tf.Tensor) return `${value.dtype}[${value.shape.join(',')}]`;
  if (Array.isArray(value)) return `[${value.map(signatureOf).join(';')}]`;
  if (isPlainObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${signatureOf(item)}`)
      .join(';')}}`;
  }
  if (typeof value === 'object' && value !== null) {
    throw new InputError(
      `A ${value.constructor.name} is no input; tensors, arrays, plain objects and scalars are.`,
    );
  }
  return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${String(value)}`;
}

function traceNames(root: Module): TraceNames {
  const modules = new Map<string, Module>();
  walk(root, '', (name, module) => {
    if (name !== '') modules.set(name, module);
  });
  const keys = new Map(
    allTensors(root)
      .reverse()
      .map(([key, tensor]) => [tensor, key]),
  );
  return {
    modules: modules as ReadonlyMap<string, unknown> as ReadonlyMap<string, Traceable>,
    // What the root does not reach has no key to be read by in later runs: it is a constant of the trace.
    tensorsOf: (module) =>
      tensorsOf(module as unknown as Module).flatMap(([name, tensor]) => {
        const key = keys.get(tensor);
        const kind = tensor instanceof tf.Variable && tensor.trainable ? 'parameter' : 'buffer';
        return key === undefined ? [] : [{ name, tensor, key, kind }];
      }),
    keyOf: (module) => [...modules].find(([, each]) => each === (module as unknown as Module))?.[0] ?? '',
    callee: (caller, module) => relativeName(root, caller as unknown as Module, module as unknown as Module),
  };
}

/** How `caller` reaches `module`; what lies elsewhere goes by its name from the root. */
function relativeName(root: Module, caller: Module, module: Module): string {
  const direct = childrenOf(caller).find(([, child]) => child === module);
  return direct?.[0] ?? nameBelow(caller, module) ?? nameBelow(root, module) ?? module.typeName;
}

function nameBelow(ancestor: Module, module: Module): string | undefined {
  let found: string | undefined;
  walk(ancestor, '', (name, each) => {
    if (each === module && name !== '') found ??= name;
  });
  return found;
}
