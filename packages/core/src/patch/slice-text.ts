import { SliceError } from '../errors.js';
import { MAX_RANK, type Nested } from './nested.js';
import { type PlainSliceItem, range } from './slice.js';

/** Longer text is refused unread; a mask over a long axis fits. */
const MAX_LENGTH = 2 ** 20;

/** White space, then a sign or bracket, a number or a word. */
const TOKEN = /\s*(\.\.\.|[[\],:]|[+-]?\d+|[A-Za-z_][\w.]*)/y;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
]);
const NEW_AXES: readonly string[] = ['null', 'None', 'newaxis', 'np.newaxis'];

/**
 * Reads slice text such as `':, 5:8, 2'`, `'..., -1'`, `'[[0, 1], [2, 0]], ::2'` or `'[true, false]'`.
 * A trailing comma adds nothing, as in Python; empty text is an index without items.
 * @throws SliceError that shows the text and where it could not be read
 */
export function readSliceText(text: string): PlainSliceItem[] {
  if (text.length > MAX_LENGTH) {
    throw new SliceError(`A slice of ${text.length} characters is too long; ${MAX_LENGTH} are the most.`);
  }
  const tokens = new Tokens(text);
  const items: PlainSliceItem[] = [];
  while (tokens.next !== null) {
    items.push(readItem(tokens));
    if (tokens.next !== null) tokens.expect(',');
  }
  return items;
}

/** The tokens of a text, read one ahead. */
class Tokens {
  /** The token at hand; null at the end. */
  next: string | null = null;
  #start = 0;
  #end = 0;

  constructor(private readonly text: string) {
    this.#advance();
  }

  take(token: string): boolean {
    if (this.next !== token) return false;
    this.#advance();
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error();
  }

  takeNumber(): number | null {
    if (this.next === null || !/^[+-]?\d/.test(this.next)) return null;
    const number = Number(this.next);
    this.#advance();
    return number;
  }

  error(): SliceError {
    const rest = this.text.slice(this.#start).trim();
    const place = rest === '' ? 'at its end' : `at '${shorten(rest)}'`;
    return new SliceError(
      `Cannot read the slice '${shorten(this.text)}' ${place}; write 3, -1, 5:8, ::2, :, ..., [0, 2] or [true, false], with commas between.`,
    );
  }

  #advance(): void {
    this.#start = this.#end;
    TOKEN.lastIndex = this.#end;
    const found = TOKEN.exec(this.text);
    this.next = found?.[1] ?? null;
    if (found !== null) this.#end = TOKEN.lastIndex;
    else if (this.text.slice(this.#end).trim() !== '') throw this.error();
  }
}

function readItem(tokens: Tokens): PlainSliceItem {
  if (tokens.next === '[') return readList(tokens, 1) as Nested<number>;
  if (tokens.take('...')) return '...';
  if (NEW_AXES.some((name) => tokens.take(name))) {
    throw new SliceError('A slice adds no axes: leave null (newaxis, None) out.');
  }
  const start = tokens.takeNumber();
  if (!tokens.take(':')) {
    if (start === null) throw tokens.error();
    return start;
  }
  const stop = tokens.takeNumber();
  const step = tokens.take(':') ? tokens.takeNumber() : null;
  return range(start, stop, step ?? 1);
}

function readList(tokens: Tokens, depth: number): Nested<number | boolean> {
  if (depth > MAX_RANK) throw new SliceError(`The lists of an index may be nested ${MAX_RANK} deep at most.`);
  const entries: (number | boolean | Nested<number | boolean>)[] = [];
  tokens.expect('[');
  while (!tokens.take(']')) {
    entries.push(tokens.next === '[' ? readList(tokens, depth + 1) : readEntry(tokens));
    if (tokens.next !== ']') tokens.expect(',');
  }
  return entries;
}

function readEntry(tokens: Tokens): number | boolean {
  const word = BOOLEANS.get(tokens.next ?? '');
  if (word !== undefined) tokens.take(tokens.next as string);
  const entry = word ?? tokens.takeNumber();
  if (entry === null) throw tokens.error();
  return entry;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
