import * as z from 'zod/mini';
import { type Config, readConfig, size } from './config.js';
import { DecoderForCausalLM } from './decoder.js';
import { decoderFields, decoderSettings } from './llama.js';

const schema = z.object({
  ...decoderFields,
  num_key_value_heads: z._default(z.nullable(size), 8),
  /** Null where each layer sees all positions. */
  sliding_window: z._default(z.nullable(size), 4096),
});

/** Mistral (arXiv 2310.06825): Llama with a sliding window; the names of transformers' `MistralForCausalLM`. */
export class MistralForCausalLM extends DecoderForCausalLM {
  static override readonly typeName: string = 'MistralForCausalLM';

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    const fields = readConfig(schema, config);
    const settings = decoderSettings(fields);
    super({ ...settings, windows: settings.windows.map(() => fields.sliding_window) });
  }
}
