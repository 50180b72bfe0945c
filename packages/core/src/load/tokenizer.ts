import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { CheckpointError } from '../errors.js';
import { bytesOfToken, textOfBytes } from './byte-level.js';

/** Text to token ids and back, as the checkpoint's tokenizer.json says. */
export class Tokenizer {
  private readonly tokenizer: HuggingFaceTokenizer;

  /** `json` is the parsed tokenizer.json, `config` the parsed tokenizer_config.json. @throws CheckpointError */
  constructor(json: object, config: object) {
    try {
      this.tokenizer = new HuggingFaceTokenizer(json, config);
    } catch (error) {
      throw new CheckpointError(`tokenizer.json cannot be used: ${(error as Error).message}`);
    }
  }

  /** Ids of a text, with the special tokens that the checkpoint adds, such as `<s>`. */
  encode(text: string): number[] {
    return [...this.tokenizer.encode(text).ids];
  }

  /** The text of ids, without special tokens. */
  decode(ids: readonly number[]): string {
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
   * What one token stands for, its leading space included; special tokens by name, bytes that are no
   * text by themselves as `\xE6`.
   */
  tokenText(id: number): string {
    const token = this.tokenizer.id_to_token(id);
    if (token === undefined) return `#${id}`;
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    if (byte !== undefined) return textOfBytes([Number.parseInt(byte, 16)]);
    if (token.includes('▁')) return token.replaceAll('▁', ' ');
    const text = this.tokenizer.decode([id], {
      skip_special_tokens: false,
      clean_up_tokenization_spaces: false,
    });
    if (text === '') return token;
    const bytes = text.includes('\uFFFD') ? bytesOfToken(token) : null;
    return bytes === null ? text : textOfBytes(bytes);
  }
}
