import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../../errors.js';
import { isPlainObject } from '../../graph/structure.js';

/** A call of a layer: for each of its inputs the layer that gives it, and in which of that layer's calls. */
type Call = readonly { readonly from: string; readonly call: number }[];

/** A layer with the calls that it has had and those that wait for their inputs. */
interface Called {
  readonly name: string;
  made: number;
  waiting: readonly Call[];
}

/**
 * Checks that the calls of layers can be made one after the other, in this model and in those in it. tfjs 4.22 tries
 * again and again, without an end, where calls wait for each other or for a layer that is not there.
 * @throws CheckpointError
 */
export function checkCalls(config: unknown): void {
  if (Array.isArray(config)) for (const each of config) checkCalls(each);
  if (!isPlainObject(config)) return;
  const layers = field(config, 'layers');
  if (Array.isArray(layers)) checkLayers(layers);
  for (const each of Object.values(config)) checkCalls(each);
}

function checkLayers(listed: readonly unknown[]): void {
  const layers = listed.filter(isPlainObject).filter((each) => Array.isArray(field(each, 'inboundNodes')));
  const byName = new Map<string, Called>();
  for (const layer of layers) {
    const name = nameOf(layer);
    if (byName.has(name)) throw new CheckpointError(`Two layers in model.json are called '${name}'.`);
    byName.set(name, { name, made: ownCalls(layer), waiting: callsOf(layer, name) });
  }
  const isReady = (call: Call) => call.every(({ from, call: at }) => (byName.get(from)?.made ?? 0) > at);
  let hasChanged = true;
  while (hasChanged) {
    hasChanged = false;
    for (const layer of byName.values()) {
      const { waiting } = layer;
      // What one call makes ready waits for the next round only in a layer before it, as in tfjs.
      layer.waiting = waiting.filter((call) => {
        if (!isReady(call)) return true;
        if (call.length > 0) layer.made += 1;
        return false;
      });
      hasChanged ||= layer.waiting.length < waiting.length;
    }
  }
  const stuck = [...byName.values()].filter(({ waiting }) => waiting.length > 0).map(({ name }) => name);
  if (stuck.length > 0)
    throw new CheckpointError(
      `The layers ${stuck.slice(0, 8).join(', ')} in model.json read from each other in a circle, or from layers that are not there.`,
    );
}

/** A layer is called the same in the list and in its own settings. */
function nameOf(layer: Readonly<Record<string, unknown>>): string {
  const name = field(layer, 'name');
  const config = field(layer, 'config');
  if (typeof name === 'string' && isPlainObject(config) && config.name === name) return name;
  throw new CheckpointError(
    `The layer '${String(name)}' in model.json has another name, or none, in its config.`,
  );
}

/** Inputs, and models in a model, count as called once before anything calls them. */
function ownCalls(layer: Readonly<Record<string, unknown>>): number {
  const type = String(field(layer, 'className'));
  if (type === 'InputLayer') return 1;
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const known: unknown = Object.hasOwn(classNameMap, type) ? classNameMap[type]?.[0] : undefined;
  const isModel =
    known === tf.LayersModel || (typeof known === 'function' && known.prototype instanceof tf.LayersModel);
  return Number(isModel);
}

function callsOf(layer: Readonly<Record<string, unknown>>, name: string): Call[] {
  return (field(layer, 'inboundNodes') as unknown[]).map((call) => {
    if (!Array.isArray(call) || !call.every(Array.isArray))
      throw new CheckpointError(`The inputs of the layer '${name}' in model.json are no lists.`);
    return call.map(([from, at]: unknown[]) => ({ from: String(from), call: Number(at) }));
  });
}

/** A field by its name in tfjs, which reads `inbound_nodes` as `inboundNodes`. */
function field(of: Readonly<Record<string, unknown>>, name: string): unknown {
  const key = Object.keys(of).find(
    (each) => each.replace(/_+(\w)/g, (_, letter) => letter.toUpperCase()) === name,
  );
  return key === undefined ? undefined : of[key];
}
