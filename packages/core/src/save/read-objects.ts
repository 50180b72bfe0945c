import type { Scalar } from '../graph/types.js';
import { Module } from '../module/module.js';
import type { ClassRow } from './format.js';
import type { Item } from './item.js';
import { CONTAINERS } from './object-table.js';
import { readScalar, readTypedArray } from './plain-data.js';

/** What a property, an item or an entry holds. */
export type Held =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'object'; readonly id: number }
  | { readonly kind: 'tensor'; readonly id: number }
  | { readonly kind: 'omitted'; readonly what: string };

type Contents = readonly (readonly [name: string, held: Held])[];

/** A module of a file. */
export interface ReadModule {
  readonly kind: 'module';
  readonly row: ClassRow;
  readonly contents: Contents;
}

/** A module or plain data of a file, with what it holds by name. */
export type ReadObject =
  | ReadModule
  | { readonly kind: 'array' | 'object'; readonly contents: Contents }
  | {
      readonly kind: 'typed';
      readonly contents: readonly [];
      readonly array: ReturnType<typeof readTypedArray>;
    };

/** @throws GraphFileError */
export function readClasses(item: Item): ClassRow[] {
  return item.list().map((each) => {
    const { type, inputs, isContainer } = each.fields(['type', 'inputs'], ['isContainer']);
    const row = { type: type.text(), inputs: inputs.list().map((name) => name.text()) };
    if (isContainer === undefined) return row;
    if (!isContainer.flag() || !CONTAINERS.has(row.type)) isContainer.fail('to be left out');
    return { ...row, isContainer: true };
  });
}

/** Reads the objects of a model; the first one is the model itself. @throws GraphFileError */
export function readObjects(item: Item, classes: readonly ClassRow[], tensorCount: number): ReadObject[] {
  const rows = item.list();
  const held = (each: Item): Held => {
    if (each.has('object'))
      return { kind: 'object', id: each.fields(['object']).object.index(rows.length, 'objects') };
    if (each.has('tensor'))
      return { kind: 'tensor', id: each.fields(['tensor']).tensor.index(tensorCount, 'tensors') };
    if (each.has('omitted')) return { kind: 'omitted', what: each.fields(['omitted']).omitted.text() };
    return { kind: 'scalar', scalar: readScalar(each) };
  };
  const named = (list: Item): Contents => {
    const names = new Set<string>();
    return list.list().map((each) => {
      const [name, value] = each.pair();
      if (names.has(name.text()))
        throw name.error(`${JSON.stringify(name.text().slice(0, 60))} is there twice`);
      names.add(name.text());
      return [name.text(), held(value)];
    });
  };
  return rows.map((each, index) => {
    if (each.has('class')) {
      const { class: type, properties } = each.fields(['class', 'properties']);
      const row = classes[type.index(classes.length, 'classes')] as ClassRow;
      for (const each of properties.list()) {
        const [name] = each.pair();
        // It would hide what every module can do.
        if (Object.hasOwn(Module.prototype, name.text())) name.fail('no name of a method of Module');
      }
      return { kind: 'module', row, contents: named(properties) };
    }
    if (index === 0) each.fail('a module, the model');
    if (each.has('items')) {
      const { items } = each.fields(['items']);
      return { kind: 'array', contents: items.list().map((item, i) => [String(i), held(item)] as const) };
    }
    if (each.has('entries')) return { kind: 'object', contents: named(each.fields(['entries']).entries) };
    return { kind: 'typed', contents: [], array: readTypedArray(each) };
  });
}
