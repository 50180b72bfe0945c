import * as tf from '@tensorflow/tfjs';
import { allTensors, childrenOf, FOREIGN, type Module, OPAQUE, tensorsOf, walk } from '../module/module.js';
import type { OwnTensor, Traceable, TraceNames } from '../trace/types.js';

/**
 * What the tracer needs to know of a module tree. It is looked up once for all: reading a module's properties
 * while its attributes are watched would count as use.
 */
export function traceNames(root: Module): TraceNames {
  const names = new Map<Module, string>();
  const modules = new Map<string, Module>();
  walk(root, '', (name, module) => {
    if (!names.has(module)) names.set(module, name);
    if (name !== '') modules.set(name, module);
  });
  const children = new Map([...names.keys()].map((module) => [module, childrenOf(module)]));
  const tensors = ownTensors(root, [...names.keys()]);
  const owners = new Map<number, OwnTensor & { module: Module }>();
  for (const [module, own] of tensors) {
    for (const each of own) if (!owners.has(each.tensor.id)) owners.set(each.tensor.id, { ...each, module });
  }

  function relative(from: Module, module: Module): string | undefined {
    const direct = (children.get(from) ?? childrenOf(from)).find(([, child]) => child === module);
    return direct?.[0] ?? below(from, module, new Set());
  }

  function below(from: Module, module: Module, seen: Set<Module>): string | undefined {
    if (seen.has(from)) return undefined;
    seen.add(from);
    for (const [name, child] of children.get(from) ?? []) {
      if (child === module) return name;
      const deeper = below(child, module, seen);
      if (deeper !== undefined) return `${name}.${deeper}`;
    }
    return undefined;
  }

  const isVariable = ({ tensor }: OwnTensor) => tensor instanceof tf.Variable;
  const variables = new Map([...tensors].map(([module, own]) => [module, own.filter(isVariable)]));

  const answers = {
    all: [...names.keys()],
    modules,
    tensorsOf: (module: Module) => variables.get(module) ?? [],
    ownerOf: (tensor: tf.Tensor) => owners.get(tensor.id),
    keyOf: (module: Module) => names.get(module) ?? '',
    isUnrecordable: (module: Module) => module[OPAQUE] === true,
    hasSource: (module: Module) => module[FOREIGN] !== true,
    holds: (holder: Module, module: Module) => below(holder, module, new Set()) !== undefined,
    // What lies elsewhere goes by its name from the root.
    callee: (caller: Module, module: Module) =>
      relative(caller, module) ?? relative(root, module) ?? module.typeName,
  };
  return answers as unknown as TraceNames;
}

/** What the root does not reach has no key to be read by in later runs: it is a constant of the trace. */
function ownTensors(root: Module, modules: readonly Module[]): Map<Module, OwnTensor[]> {
  const keys = new Map<tf.Tensor, string>();
  for (const [key, tensor] of allTensors(root)) if (!keys.has(tensor)) keys.set(tensor, key);
  const own = (module: Module): OwnTensor[] =>
    tensorsOf(module).map(([name, tensor]) => {
      const kind = tensor instanceof tf.Variable && tensor.trainable ? 'parameter' : 'buffer';
      return { name, tensor, key: keys.get(tensor) as string, kind };
    });
  return new Map(modules.map((module) => [module, own(module)]));
}

/** A module as the tracer sees it. */
export function asTraceable(module: Module): Traceable {
  return module as unknown as Traceable;
}
