import * as tf from '@tensorflow/tfjs';
import { isPlainObject, isScalar } from '../graph/structure.js';
import { ModuleDict, ModuleList, Sequential } from '../module/containers.js';
import { Module, PROPERTY_NAMES } from '../module/module.js';
import type { ClassRow, HeldRow, ObjectRow } from './format.js';
import { describe, isTypedArray, scalarRow, typedArrayRow } from './plain-data.js';
import { omissionOf, standInClass } from './stand-in.js';

/** The library's own containers by type name: loaded graphs need not be given them. */
export const CONTAINERS: ReadonlyMap<string, typeof Module> = new Map<string, typeof Module>(
  [ModuleList, ModuleDict, Sequential].map((type) => [type.typeName, type as unknown as typeof Module]),
);

/** The row of a tensor, or null where it is left out. */
type TensorId = (tensor: tf.Tensor) => number | null;

/** The modules of a model and the plain data that they hold. */
export interface ObjectTable {
  readonly objects: ObjectRow[];
  readonly classes: ClassRow[];
}

/** Lists a model and all that it holds, each object once, nearest first; functions and the like are left out. */
export function objectTable(root: Module, tensorId: TensorId): ObjectTable {
  const ids = new Map<object, number>([[root, 0]]);
  const waiting: object[] = [root];
  const classIds = new Map<unknown, number>();
  const classes: ClassRow[] = [];

  const hold = (value: unknown): HeldRow => {
    if (isScalar(value)) return scalarRow(value);
    if (value instanceof tf.Tensor) {
      const tensor = tensorId(value);
      return tensor === null ? { omitted: describeHeld(value) } : { tensor };
    }
    if (!isHeld(value)) return { omitted: describe(value) };
    const known = ids.get(value);
    if (known !== undefined) return { object: known };
    ids.set(value, waiting.length);
    waiting.push(value);
    return { object: waiting.length - 1 };
  };
  const classId = (module: Module): number => {
    const key = standInClass(module) ?? module.constructor;
    const known = classIds.get(key);
    if (known !== undefined) return known;
    const row = { type: module.typeName, inputs: [...module.inputNames] };
    classes.push(CONTAINERS.get(row.type) === key ? { ...row, isContainer: true } : row);
    classIds.set(key, classes.length - 1);
    return classes.length - 1;
  };
  const rowOf = (object: object): ObjectRow => {
    if (object instanceof Module) {
      const properties = propertiesOf(object).map(([name, read]) => [name, read(hold)] as const);
      return { class: classId(object), properties };
    }
    if (Array.isArray(object))
      return { items: Array.from(object, (item: unknown) => withoutGap(hold(item))) };
    if (isTypedArray(object)) return typedArrayRow(object);
    const entries = Object.entries(object).map(([key, value]) => [key, hold(value)] as const);
    return { entries: entries.filter(([, held]) => !isOmission(held)) };
  };

  const objects: ObjectRow[] = [];
  for (let next = waiting[0]; next !== undefined; next = waiting[objects.length]) objects.push(rowOf(next));
  return { objects, classes };
}

type Read = (hold: (value: unknown) => HeldRow) => HeldRow;

/** The enumerable properties of a module in its own order, with how to read each. Getters are not run. */
function propertiesOf(module: Module): [name: string, read: Read][] {
  const names = new Set([...module[PROPERTY_NAMES](), ...Object.keys(module)]);
  return [...names].flatMap((name): [string, Read][] => {
    const descriptor = Object.getOwnPropertyDescriptor(module, name);
    if (descriptor?.enumerable !== true) return [];
    const { get, value } = descriptor;
    if ('value' in descriptor) return [[name, (hold) => hold(value)]];
    const omitted = (get === undefined ? undefined : omissionOf(get)) ?? 'a getter';
    return [[name, () => ({ omitted })]];
  });
}

/**
 * Where a module holds something that cannot be saved, itself or in plain data: a dotted name below it, and what is
 * there; null if nowhere. Other modules in it are not looked into.
 */
export function findUnsavable(module: Module): { name: string; what: string } | null {
  const seen = new Set<unknown>();
  const waiting: [name: string, value: unknown][] = [];
  for (const [name, read] of propertiesOf(module)) {
    const held = read((value) => {
      waiting.push([name, value]);
      return null;
    });
    if (isOmission(held)) return { name, what: held.omitted };
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, value] = next;
    if (isScalar(value) || value instanceof Module || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof tf.Tensor) {
      if (value.isDisposed) return { name, what: describeHeld(value) };
    } else if (!isHeld(value)) {
      return { name, what: describe(value) };
    } else if (!isTypedArray(value)) {
      for (const [key, each] of Object.entries(value)) waiting.push([`${name}.${key}`, each]);
    }
  }
  return null;
}

function isHeld(value: unknown): value is object {
  return value instanceof Module || Array.isArray(value) || isPlainObject(value) || isTypedArray(value);
}

function isOmission(held: HeldRow): held is { omitted: string } {
  return typeof held === 'object' && held !== null && 'omitted' in held;
}

/** In an array, what is left out keeps its place. */
function withoutGap(held: HeldRow): HeldRow {
  return isOmission(held) ? { undefined: true } : held;
}

function describeHeld(tensor: tf.Tensor): string {
  return tensor.isDisposed ? 'a disposed tensor' : 'a tensor';
}
