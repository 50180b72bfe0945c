import { isPlainObject } from '../../graph/structure.js';
import type { Config } from '../../models/config.js';

/** Keys of a tokenizer's settings that name tokens, in the order in which transformers adds those that are new. */
const NAMED = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

/** Tokens by what they are for. */
export type NamedTokens = Partial<Record<(typeof NAMED)[number], string>>;

/** A token that is found in texts before anything else is, as tokenizer.json has it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** What each of a tokenizer's special tokens is: as its settings say, otherwise as its class does. */
export function namedTokens(settings: Config, defaults: NamedTokens): NamedTokens {
  const found = NAMED.flatMap((name) => {
    const content = contentOf(Object.hasOwn(settings, name) ? settings[name] : defaults[name]);
    return content === null ? [] : [[name, content]];
  });
  return Object.fromEntries(found) as NamedTokens;
}

/**
 * All tokens that a tokenizer adds to its vocabulary or treats as special. Those that the vocabulary lacks get the ids
 * after it, in the order in which transformers adds them. `added` is what added_tokens.json holds.
 */
export function addedTokens(
  vocab: Readonly<Record<string, number>>,
  named: NamedTokens,
  settings: Config,
  added: Config,
): AddedToken[] {
  const names = new Set(Object.values(named));
  const tokens = new Map<string, Omit<AddedToken, 'id'>>();
  const add = (value: unknown, special: boolean) => {
    const content = contentOf(value);
    if (content === null || tokens.has(content)) return;
    tokens.set(content, { ...optionsOf(value, special || names.has(content)), content });
  };
  for (const [, token] of byId(settings.added_tokens_decoder)) add(token, isSpecial(token));
  const listed = Object.entries(added).sort(([, a], [, b]) => Number(a) - Number(b));
  for (const [content] of listed) add(content, false);
  for (const name of NAMED) if (named[name] !== undefined) add(settings[name] ?? named[name], true);
  for (const token of extraTokens(settings)) add(token, true);
  let next = Object.keys(vocab).length;
  return [...tokens.values()].map((token) => {
    const known = Object.hasOwn(vocab, token.content) ? vocab[token.content] : undefined;
    return { ...token, id: known ?? next++ };
  });
}

/** A token is written as its text, or with options beside it. */
function contentOf(value: unknown): string | null {
  const content = isPlainObject(value) ? value.content : value;
  return typeof content === 'string' ? content : null;
}

function optionsOf(value: unknown, special: boolean): Omit<AddedToken, 'id' | 'content'> {
  const options = isPlainObject(value) ? value : {};
  return {
    single_word: options.single_word === true,
    lstrip: options.lstrip === true,
    rstrip: options.rstrip === true,
    normalized: typeof options.normalized === 'boolean' ? options.normalized : !special,
    special,
  };
}

function isSpecial(token: unknown): boolean {
  return isPlainObject(token) && token.special === true;
}

function byId(decoder: unknown): [id: number, token: unknown][] {
  const entries = Object.entries(isPlainObject(decoder) ? decoder : {});
  return entries.map(([id, token]): [number, unknown] => [Number(id), token]).sort(([a], [b]) => a - b);
}

function extraTokens({ extra_special_tokens: extra, additional_special_tokens: older }: Config): unknown[] {
  const found = extra ?? older;
  return Array.isArray(found) ? found : [];
}
