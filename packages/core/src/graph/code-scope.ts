import { float32Text, identifiersFor, literalText, propertyText } from './code-text.js';
import type { Entry, PathIndex } from './paths.js';
import { valuesOf } from './structure.js';
import type { Graph, Step, Structure, ValueId } from './types.js';

type Maker = Exclude<Step, { kind: 'opaque' }>;

const makersOf = new WeakMap<Graph, ReadonlyMap<ValueId, Maker>>();

/** The step that makes each value, those inside of opaque modules included. */
function makers(graph: Graph): ReadonlyMap<ValueId, Maker> {
  let known = makersOf.get(graph);
  if (known === undefined) {
    const found = new Map<ValueId, Maker>();
    addMakers(graph.steps, found);
    known = found;
    makersOf.set(graph, known);
  }
  return known;
}

function addMakers(steps: readonly Step[], found: Map<ValueId, Maker>): void {
  for (const step of steps) {
    if (step.kind === 'opaque') for (const call of step.calls) addMakers(call.steps, found);
    else if (step.kind === 'kernel') for (const value of step.outputs) found.set(value, step);
    else found.set(step.to, step);
  }
}

const scopes = new WeakMap<Entry, Scope>();

/** The module call that an entry is or belongs to. */
export function callOf(entry: Entry): Entry {
  const { node, parent } = entry;
  const isCall = node.kind === 'graph' && node.isScope !== true;
  return isCall || parent === null ? entry : callOf(parent);
}

/** The nodes of a call, those in its name scopes included, as they follow one another. */
export function membersOf({ children }: Entry): Entry[] {
  const scoped = children.filter(({ node }) => node.kind === 'graph' && node.isScope === true);
  if (scoped.length === 0) return [...children];
  const all = children.flatMap((child) => (scoped.includes(child) ? membersOf(child) : [child]));
  return all.sort((a, b) => placeOf(a) - placeOf(b));
}

/** Values are numbered as they are made; an output is the last, whatever it is another name for. */
function placeOf(entry: Entry): number {
  if (entry.node.kind === 'output') return Number.POSITIVE_INFINITY;
  const made = entry.structure ?? outputOf(entry);
  return made === null ? 0 : Math.max(...valuesOf(made), 0);
}

/** The scope of a module call, made once. */
export function scopeOf(index: PathIndex, module: Entry): Scope {
  let scope = scopes.get(module);
  if (scope === undefined) {
    scope = new Scope(index, module);
    scopes.set(module, scope);
  }
  return scope;
}

/** How the function that a module call is printed as refers to values. */
export class Scope {
  private readonly identifiers = new Map<Entry, string>();
  private readonly texts = new Map<ValueId, string>();
  private readonly makers: ReadonlyMap<ValueId, Maker>;

  constructor(
    private readonly index: PathIndex,
    module: Entry,
  ) {
    this.makers = makers(index.graph);
    const children = membersOf(module).filter(({ node }) => node.kind !== 'output');
    const start = module.path === '' ? 0 : module.path.length + 1;
    const identifiers = identifiersFor(children.map(({ path }) => path.slice(start).replaceAll('.', '_')));
    for (const [position, child] of children.entries()) {
      const identifier = identifiers[position] as string;
      this.identifiers.set(child, identifier);
      const made = child.structure ?? outputOf(child);
      if (made !== null) this.collect(made, identifier);
    }
  }

  /** The variable for a child of the module. */
  identifier(child: Entry): string {
    return this.identifiers.get(child) ?? 'output';
  }

  /** The step that makes a value, if one but an opaque module does. */
  maker(value: ValueId): Maker | undefined {
    return this.makers.get(value);
  }

  /** An expression for a value: a variable, a number, or the node elsewhere that makes it. */
  value(value: ValueId): string {
    for (let each = value; ; ) {
      const local = this.texts.get(each) ?? this.number(each);
      if (local !== null) return local;
      const path = this.index.pathOf.get(each);
      if (path !== undefined) return propertyText('graph', path.split(/[.|]/));
      const maker = this.maker(each);
      if (maker?.kind !== 'alias') return tensorText(each);
      each = maker.from;
    }
  }

  /** The number that a tensor was made from, if it was made from one. */
  number(value: ValueId): string | null {
    const maker = this.maker(value);
    const dtype = this.index.graph.values[value]?.dtype;
    if (maker?.kind !== 'constant' || maker.scalar === null || dtype === 'string') return null;
    if (dtype === 'bool') return String(maker.scalar !== 0);
    return dtype === 'float32' ? float32Text(maker.scalar) : literalText(maker.scalar);
  }

  /** An expression that makes a tensor anew that was made from numbers. */
  constant(value: ValueId): string {
    const number = this.number(value);
    const info = this.index.graph.values[value];
    if (number === null || info === undefined) return tensorText(value);
    const dtype = info.dtype === 'float32' ? '' : `, '${info.dtype}'`;
    if (info.shape.length === 0) return `tf.scalar(${number}${dtype})`;
    return `tf.fill([${info.shape.join(', ')}], ${number}${dtype})`;
  }

  /** An expression for what a module's input or output is another name for. */
  source(value: ValueId): string {
    const maker = this.maker(value);
    return this.value(maker?.kind === 'alias' ? maker.from : value);
  }

  private collect(structure: Structure, text: string): void {
    switch (structure.kind) {
      case 'tensor':
        // The first to make a value is what later lines can refer to.
        if (!this.texts.has(structure.value)) this.texts.set(structure.value, text);
        return;
      case 'array':
        for (const [i, item] of structure.items.entries()) this.collect(item, `${text}[${i}]`);
        return;
      case 'object':
        for (const [key, entry] of Object.entries(structure.entries))
          this.collect(entry, propertyText(text, [key]));
        return;
      case 'scalar':
        return;
    }
  }
}

/** A tensor that was made from several numbers, which the graph holds apart from its data. */
function tensorText(value: ValueId): string {
  return propertyText('constants', [String(value)]);
}

/** What the call of a module returns to its caller. */
function outputOf({ children }: Entry): Structure | null {
  return children.find(({ node }) => node.kind === 'output')?.structure ?? null;
}
