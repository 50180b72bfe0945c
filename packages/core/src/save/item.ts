import { GraphFileError } from '../errors.js';

/** A value in the JSON of a file with its place there, so that errors can say where they are. */
export class Item {
  constructor(
    readonly value: unknown,
    private readonly parent: Item | null = null,
    private readonly key: string | number = '',
  ) {}

  /** Such as `graphs[0].steps[3].inputs`. */
  get place(): string {
    const parts: string[] = [];
    for (let item: Item | null = this; item?.parent != null; item = item.parent) {
      parts.unshift(typeof item.key === 'number' ? `[${item.key}]` : `.${item.key.slice(0, 60)}`);
    }
    return parts.join('').replace(/^\./, '') || 'its top';
  }

  /** @throws GraphFileError always */
  fail(expected: string): never {
    throw this.error(`expected ${expected}, got ${shown(this.value)}`);
  }

  /** What is wrong here, for the caller to throw. */
  error(what: string): GraphFileError {
    return new GraphFileError(`The graph file is broken at ${this.place}: ${what}.`);
  }

  list(): Item[] {
    if (!Array.isArray(this.value)) this.fail('a list');
    return this.value.map((value, index) => new Item(value, this, index));
  }

  /** A list of two. */
  pair(): [Item, Item] {
    const items = this.list();
    if (items.length !== 2) this.fail('a pair');
    return items as [Item, Item];
  }

  /** The members of an object with any keys, in order. */
  members(): [key: string, item: Item][] {
    if (!this.isObject()) this.fail('an object');
    return Object.entries(this.value).map(([key, value]) => [key, new Item(value, this, key)]);
  }

  /** The members of an object that has all of these keys, perhaps the optional ones, and no others. */
  fields<K extends string, O extends string = never>(
    required: readonly K[],
    optional: readonly O[] = [],
  ): Record<K, Item> & Partial<Record<O, Item>> {
    const members = this.members();
    for (const [key] of members) {
      if (!required.includes(key as K) && !optional.includes(key as O))
        throw this.error(
          `'${key.slice(0, 60)}' is not known; known are ${[...required, ...optional].join(', ')}`,
        );
    }
    const missing = required.find((key) => !this.has(key));
    if (missing !== undefined) throw this.error(`'${missing}' is missing`);
    return Object.fromEntries(members) as Record<K, Item> & Partial<Record<O, Item>>;
  }

  /** Whether it is an object with this key. */
  has(key: string): boolean {
    return this.isObject() && Object.hasOwn(this.value, key);
  }

  text(): string {
    if (typeof this.value !== 'string') this.fail('a text');
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') this.fail('true or false');
    return this.value;
  }

  /** One of some texts. */
  oneOf<T extends string>(choices: readonly T[]): T {
    if (!choices.includes(this.value as T)) this.fail(`one of ${choices.join(', ')}`);
    return this.value as T;
  }

  /** A whole number from 0 up to `most`. */
  natural(most: number): number {
    const { value } = this;
    if (
      !Number.isSafeInteger(value) ||
      Object.is(value, -0) ||
      (value as number) < 0 ||
      (value as number) > most
    )
      this.fail(`a whole number from 0 to ${most}`);
    return value as number;
  }

  /** The index of one of `count` things. */
  index(count: number, of: string): number {
    if (count === 0) this.fail(`nothing, as there are no ${of}`);
    return this.natural(count - 1);
  }

  private isObject(): this is { value: object } {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }
}

/** A value in a few words. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
