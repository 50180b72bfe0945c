import { CheckpointError } from '../../errors.js';
import { broken } from './broken.js';
import { PickleReader } from './pickle-reader.js';

/** Something of Python's that a pickle names, such as `collections.OrderedDict`. Nothing of it runs. */
export interface Global {
  readonly name: string;
  /** What stands for the result of a call, or null for what is not called. */
  readonly call: ((args: readonly unknown[]) => unknown) | null;
}

/** What gives a pickle's names and persistent ids their meaning. */
export interface Meanings {
  /** @throws CheckpointError for a name that is not known */
  global(name: string): Global;
  persistent(id: unknown): unknown;
}

/** The operation that ends a pickle. */
const STOP = 0x2e;

/** The protocol that torch.save writes. */
const PROTOCOL = 2;

/** The bytes of the longest integer that is exact here. */
const MOST_INTEGER = 8;

/**
 * Reads a pickle of Python as far as state dicts need it: dictionaries become `Map`s, tuples and lists arrays. It takes
 * memory and time in proportion to the pickle, whatever is in it. Source: the comments of CPython's Lib/pickletools.py.
 * @throws CheckpointError for what is broken, or uses more than that
 */
export function unpickle(bytes: Uint8Array, meanings: Meanings): unknown {
  const machine = new Machine(new PickleReader(bytes), meanings);
  for (;;) {
    const code = machine.reader.byte();
    if (code === STOP) return machine.pop();
    const operation = OPERATIONS.get(code);
    if (operation === undefined) {
      const hex = code.toString(16).padStart(2, '0');
      throw new CheckpointError(
        `The PyTorch file's data.pkl has the operation 0x${hex}, which no plain state dict needs.`,
      );
    }
    operation(machine);
  }
}

class Machine {
  private readonly stack: unknown[] = [];
  /** Where the values above each mark begin. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    readonly reader: PickleReader,
    readonly meanings: Meanings,
  ) {}

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0))
      throw broken('its data.pkl takes a value that is not there');
    return this.stack.pop();
  }

  /** The last values, as a tuple. */
  pack(count: number): void {
    const values = Array.from({ length: count }, () => this.pop());
    this.push(values.reverse());
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** All values above the last mark. */
  popMarked(): unknown[] {
    const start = this.marks.pop();
    if (start === undefined) throw broken('its data.pkl has no mark where one was expected');
    return this.stack.splice(start);
  }

  keep(index: number): void {
    const value = this.pop();
    this.memo.set(index, value);
    this.push(value);
  }

  kept(index: number): void {
    if (!this.memo.has(index)) throw broken(`its data.pkl has no value ${index}`);
    this.push(this.memo.get(index));
  }

  /** Puts keys and values that follow each other into the dictionary below them. */
  fillMap(items: readonly unknown[]): void {
    const map = this.pop();
    if (!(map instanceof Map) || items.length % 2 !== 0)
      throw broken('its data.pkl fills what is no dictionary');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
    this.push(map);
  }

  fillList(items: readonly unknown[]): void {
    const list = this.pop();
    if (!Array.isArray(list)) throw broken('its data.pkl fills what is no list');
    for (const item of items) list.push(item);
    this.push(list);
  }

  pushGlobal(): void {
    const module = this.reader.line();
    this.push(this.meanings.global(`${module}.${this.reader.line()}`));
  }

  call(): void {
    const args = this.pop();
    const { name, call } = (this.pop() ?? {}) as Partial<Global>;
    if (call == null || !Array.isArray(args))
      throw broken(`its data.pkl calls ${name ?? 'what is no function'}`);
    this.push(call(args));
  }

  /** Attributes of a dictionary, which torch keeps versions of modules in. */
  ignoreState(): void {
    this.pop();
    const owner = this.pop();
    if (!(owner instanceof Map)) throw broken('its data.pkl sets attributes of what is no dictionary');
    this.push(owner);
  }
}

/** What each operation does, by its code, which is a letter where it can be. */
const OPERATIONS: ReadonlyMap<number, (machine: Machine) => void> = new Map([
  [0x80, (machine) => checkProtocol(machine.reader.byte())],
  [letter('('), (machine) => machine.mark()],
  [letter('N'), (machine) => machine.push(null)],
  [0x88, (machine) => machine.push(true)],
  [0x89, (machine) => machine.push(false)],
  [letter('J'), (machine) => machine.push(machine.reader.int32())],
  [letter('K'), (machine) => machine.push(machine.reader.byte())],
  [letter('M'), (machine) => machine.push(machine.reader.uint16())],
  [0x8a, (machine) => machine.push(machine.reader.integer(integerLength(machine.reader.byte())))],
  [letter('G'), (machine) => machine.push(machine.reader.float64())],
  [letter('X'), (machine) => machine.push(machine.reader.text(machine.reader.uint32()))],
  [letter(')'), (machine) => machine.push([])],
  [0x85, (machine) => machine.pack(1)],
  [0x86, (machine) => machine.pack(2)],
  [0x87, (machine) => machine.pack(3)],
  [letter('t'), (machine) => machine.push(machine.popMarked())],
  [letter(']'), (machine) => machine.push([])],
  [letter('a'), (machine) => machine.fillList([machine.pop()])],
  [letter('e'), (machine) => machine.fillList(machine.popMarked())],
  [letter('}'), (machine) => machine.push(new Map())],
  [letter('s'), (machine) => machine.fillMap([machine.pop(), machine.pop()].reverse())],
  [letter('u'), (machine) => machine.fillMap(machine.popMarked())],
  [letter('q'), (machine) => machine.keep(machine.reader.byte())],
  [letter('r'), (machine) => machine.keep(machine.reader.uint32())],
  [letter('h'), (machine) => machine.kept(machine.reader.byte())],
  [letter('j'), (machine) => machine.kept(machine.reader.uint32())],
  [letter('c'), (machine) => machine.pushGlobal()],
  [letter('Q'), (machine) => machine.push(machine.meanings.persistent(machine.pop()))],
  [letter('R'), (machine) => machine.call()],
  [letter('b'), (machine) => machine.ignoreState()],
]);

function letter(text: string): number {
  return text.charCodeAt(0);
}

function checkProtocol(protocol: number): void {
  if (protocol === PROTOCOL) return;
  throw new CheckpointError(
    `The PyTorch file is pickled by protocol ${protocol}; ${PROTOCOL}, which torch.save takes by itself, is supported.`,
  );
}

function integerLength(length: number): number {
  if (length > MOST_INTEGER) throw broken(`it has an integer of ${length} bytes`);
  return length;
}
