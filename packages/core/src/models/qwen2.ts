import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { type Config, optional, readConfig, size } from './config.js';
import { DecoderForCausalLM } from './decoder.js';
import { decoderFields, decoderSettings } from './llama.js';

/** The fields of Qwen's configs, with Qwen 2's defaults. */
export const qwenFields = {
  ...decoderFields,
  num_key_value_heads: z._default(z.nullable(size), 32),
  use_sliding_window: optional(z.boolean(), false),
  sliding_window: z._default(z.nullable(size), 4096),
  /** How many layers from the first on have no window, where `layer_types` does not say. */
  max_window_layers: optional(z.int().check(z.nonnegative()), 28),
  layer_types: z.nullish(
    z.array(
      z.enum(['full_attention', 'sliding_attention'], {
        error: 'layer types are full_attention, sliding_attention',
      }),
    ),
  ),
};
const shared = z.object(qwenFields);

/** Qwen 2 and 2.5 (arXiv 2407.10671) with the names of transformers' `Qwen2ForCausalLM`. */
export class Qwen2ForCausalLM extends DecoderForCausalLM {
  static override readonly typeName: string = 'Qwen2ForCausalLM';

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    const fields = readConfig(shared, config);
    super({ ...decoderSettings(fields), inputBias: true, windows: windowsOf(fields) });
  }
}

/**
 * How many positions each layer sees at most; null for all.
 * @throws CheckpointError if the config lists another number of layers, or names no window for one that slides
 */
export function windowsOf(fields: z.output<typeof shared>): (number | null)[] {
  const { num_hidden_layers: count, max_window_layers: first, layer_types: types } = fields;
  const window = fields.use_sliding_window ? fields.sliding_window : null;
  if (types === null || types === undefined)
    return Array.from({ length: count }, (_, layer) => (layer >= first ? window : null));
  if (types.length !== count) {
    throw new CheckpointError(
      `config.json: layer_types lists ${types.length} layers, num_hidden_layers says ${count}.`,
    );
  }
  if (window === null && types.includes('sliding_attention')) {
    throw new CheckpointError(
      "config.json: layer_types has 'sliding_attention', which needs use_sliding_window and sliding_window.",
    );
  }
  return types.map((type) => (type === 'sliding_attention' ? window : null));
}
