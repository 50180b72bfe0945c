import { PatchError } from '../errors.js';
import { finish, type MaybePromise } from '../memory/maybe-promise.js';
import type { Module } from '../module/module.js';
import type { Environment, Properties } from '../run/environment.js';
import { type CallHandler, handlerBefore, withHandler } from '../trace/calls.js';

/**
 * Runs modules below a root by their dotted names, for graphs in which they are opaque. In an asynchronous model several
 * may wait at a time: a call that is not the latest one's is one of those before.
 */
export function moduleRunner(
  modules: ReadonlyMap<string, Module>,
  isAsync: boolean,
): Environment['runModule'] {
  const keys = new Map<unknown, string>();
  // A shared module goes by its first name, as in traces.
  for (const [key, module] of modules) if (!keys.has(module)) keys.set(module, key);
  return (key, args, properties, answer) => {
    const module = modules.get(key) as Module;
    const handler: CallHandler = {
      call(child, given, forward) {
        const answered = answer(keys.get(child) ?? '', given);
        if (answered !== null) return answered.result;
        const before = isAsync ? handlerBefore(handler) : null;
        return before === null ? forward(given) : before.call(child, given, forward);
      },
      name: (_, tensor) => tensor,
      aside: (fn) => fn(),
      within: (_scopes, _name, fn) => fn(),
    };
    const run = isAsync ? onView : withProperties;
    return withHandler(handler, () => run(module, properties, (self) => self.forward(...(args as never[]))));
  };
}

type Run = <T>(
  module: Module,
  properties: Properties,
  fn: (self: Module) => MaybePromise<T>,
) => MaybePromise<T>;

/** The properties that are other than those that the module holds. */
function changedBy(module: Module, properties: Properties) {
  return properties
    .map(([name, value]) => ({ name, value, before: Reflect.get(module, name) as unknown }))
    .filter(({ value, before }) => !Object.is(value, before));
}

/** Runs `fn` while the module holds other tensors and attributes; then it holds those it had before. */
const withProperties: Run = (module, properties, fn) => {
  const changed = changedBy(module, properties);
  for (const { name } of changed) {
    if (Object.getOwnPropertyDescriptor(module, name)?.writable === false)
      throw new PatchError(`'${name}' of ${module.typeName} cannot be patched: the module is frozen.`);
  }
  return finish(
    () => {
      for (const { name, value } of changed) Reflect.set(module, name, value);
      return fn(module);
    },
    (result) => result,
    () => {
      for (const { name, before } of changed) Reflect.set(module, name, before);
    },
  );
};

/** Runs `fn` on a view of the module with other tensors and attributes: others may use the module meanwhile. */
const onView: Run = (module, properties, fn) => {
  const changed = changedBy(module, properties);
  if (changed.length === 0) return fn(module);
  const own = changed.map(({ name, value }) => {
    return [name, { value, writable: true, enumerable: true, configurable: true }] as const;
  });
  return fn(Object.create(module, Object.fromEntries(own)) as Module);
};
