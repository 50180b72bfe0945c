import { Tokenizer as HuggingFaceTokenizer, WordPiece } from '@huggingface/tokenizers';
import { CheckpointError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import type { Config } from '../models/config.js';
import { byteOf, decodeBytesExactly } from './byte-fallback.js';
import { bytesOfToken, textOfBytes } from './byte-level.js';

/** What masked tokens are called where a checkpoint does not say. */
const MASKS = ['[MASK]', '<mask>'];

/** Text to token ids and back, as the checkpoint's tokenizer.json says. */
export class Tokenizer {
  /** The token that stands for one to be guessed, or null where there is none. */
  readonly maskTokenId: number | null;
  private readonly tokenizer: HuggingFaceTokenizer;

  /**
   * `json` is the parsed tokenizer.json, `config` the parsed tokenizer_config.json. As in transformers, which special
   * tokens a text gets is up to tokenizer.json: `add_bos_token` has no effect. @throws CheckpointError
   */
  constructor(json: object, config: object) {
    try {
      this.tokenizer = new HuggingFaceTokenizer(json, config);
    } catch (error) {
      throw new CheckpointError(`tokenizer.json cannot be used: ${(error as Error).message}`);
    }
    decodeBytesExactly(this.tokenizer.decoder);
    this.maskTokenId = this.findMask(config as Config);
  }

  /** Ids of a text, with the special tokens that the checkpoint adds, such as `<s>`. */
  encode(text: string): number[] {
    return [...this.tokenizer.encode(text).ids];
  }

  /** The text of ids, without special tokens. */
  decode(ids: readonly number[]): string {
    if (ids.length === 0) return '';
    return this.tokenizer.decode([...ids], {
      skip_special_tokens: true,
      clean_up_tokenization_spaces: false,
    });
  }

  /** Number of tokens, added ones included. */
  get vocabularySize(): number {
    return this.tokenizer.get_vocab(true).size;
  }

  /**
   * What one token stands for, its leading space included; special tokens by name, bytes that are no text by themselves
   * as `\xE6`. Tokenizers of words and their pieces know no spaces; a piece that goes on with a word keeps its `##`.
   */
  tokenText(id: number): string {
    const token = this.tokenizer.id_to_token(id);
    if (token === undefined) return `#${id}`;
    const byte = byteOf(token);
    if (byte !== null) return textOfBytes([byte]);
    if (token.includes('▁') && !(this.tokenizer.model instanceof WordPiece))
      return token.replaceAll('▁', ' ');
    const text = this.tokenizer.decode([id], {
      skip_special_tokens: false,
      clean_up_tokenization_spaces: false,
    });
    if (text === '') return token;
    const bytes = text.includes('\uFFFD') ? bytesOfToken(token) : null;
    return bytes === null ? text : textOfBytes(bytes);
  }
  private findMask({ mask_token: named }: Config): number | null {
    const name = isPlainObject(named) ? named.content : named;
    const special = this.tokenizer.get_added_tokens_decoder();
    const names = typeof name === 'string' ? [name] : MASKS;
    return [...special.values()].find(({ content }) => names.includes(content))?.id ?? null;
  }
}
