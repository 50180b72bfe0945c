import type * as tf from '@tensorflow/tfjs';
import type { Module } from '../module/module.js';
import type { Environment } from '../run/environment.js';
import { withHandler } from '../trace/calls.js';

/** Runs modules below a root by their dotted names, for graphs in which they are opaque. */
export function moduleRunner(modules: ReadonlyMap<string, Module>): Environment['runModule'] {
  const keys = new Map<unknown, string>([...modules].map(([key, module]) => [module, key]));
  return (key, args, parameters, answer) => {
    const module = modules.get(key) as Module;
    const handler: Parameters<typeof withHandler>[0] = {
      call(child, given, forward) {
        const answered = answer(keys.get(child) ?? '', given);
        return answered === null ? forward(given) : answered.result;
      },
      name: (_, tensor) => tensor,
    };
    return withHandler(handler, () =>
      withTensors(module, parameters, () => module.forward(...(args as never[]))),
    );
  };
}

/** Runs `fn` while properties of the module hold other tensors; then they hold the former ones again. */
function withTensors<T>(
  module: Module,
  tensors: readonly { name: string; tensor: tf.Tensor }[],
  fn: () => T,
): T {
  const before = tensors.map(({ name }) => [name, Reflect.get(module, name)] as const);
  try {
    for (const { name, tensor } of tensors) Reflect.set(module, name, tensor);
    return fn();
  } finally {
    for (const [name, tensor] of before) Reflect.set(module, name, tensor);
  }
}
