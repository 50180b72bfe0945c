import { finish, type MaybePromise } from '../memory/maybe-promise.js';
import type { Module } from '../module/module.js';
import type { Environment, Properties } from '../run/environment.js';
import { withHandler } from '../trace/calls.js';

/** Runs modules below a root by their dotted names, for graphs in which they are opaque. */
export function moduleRunner(modules: ReadonlyMap<string, Module>): Environment['runModule'] {
  const keys = new Map<unknown, string>();
  // A shared module goes by its first name, as in traces.
  for (const [key, module] of modules) if (!keys.has(module)) keys.set(module, key);
  return (key, args, properties, answer) => {
    const module = modules.get(key) as Module;
    const handler: Parameters<typeof withHandler>[0] = {
      call(child, given, forward) {
        const answered = answer(keys.get(child) ?? '', given);
        return answered === null ? forward(given) : answered.result;
      },
      name: (_, tensor) => tensor,
    };
    return withHandler(handler, () =>
      withProperties(module, properties, () => module.forward(...(args as never[]))),
    );
  };
}

/** Runs `fn` while the module holds other tensors and attributes; then those it had before, unless `fn` set them. */
function withProperties<T>(
  module: Module,
  properties: Properties,
  fn: () => MaybePromise<T>,
): MaybePromise<T> {
  const changed = properties
    .map(([name, value]) => ({ name, value, before: Reflect.get(module, name) as unknown }))
    .filter(({ value, before }) => !Object.is(value, before));
  return finish(
    () => {
      for (const { name, value } of changed) Reflect.set(module, name, value);
      return fn();
    },
    (result) => result,
    () => {
      for (const { name, value, before } of changed) {
        if (Object.is(Reflect.get(module, name), value)) Reflect.set(module, name, before);
      }
    },
  );
}
