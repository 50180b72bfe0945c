import { InputError } from '../../errors.js';
import type { Tokenizer } from '../../load/tokenizer.js';
import type { HostTensor } from '../host-tensor.js';
import { type InputReader, ofKind, refuseImages } from './reader.js';

/** What is to be known of a model that takes token ids. */
export interface TextModel {
  readonly contextLength: number;
  readonly vocabularySize: number;
}

/** Text as token ids int32 `[1, position]`. `mask` is what stands for a token to guess. */
export function textInput(
  { contextLength, vocabularySize }: TextModel,
  tokenizer: Tokenizer,
  mask: string | null,
): InputReader {
  return {
    info: { kind: 'text', contextLength, vocabularySize, mask },
    example: [idTensor([0])],
    read(input) {
      const ids = tokenizer.encode(ofKind(input, 'text').text);
      if (ids.length === 0) throw new InputError('The prompt is empty. Type some text to run the model on.');
      if (ids.length > contextLength) {
        throw new InputError(
          `The prompt has ${ids.length} tokens; this model reads at most ${contextLength}. Shorten it.`,
        );
      }
      return { args: [idTensor(ids)], tokens: ids.map((id) => ({ id, text: tokenizer.tokenText(id) })) };
    },
    fitImage: refuseImages('text'),
  };
}

function idTensor(ids: readonly number[]): HostTensor {
  return { shape: [1, ids.length], dtype: 'int32', values: Int32Array.from(ids) };
}
