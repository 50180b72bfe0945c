import * as z from 'zod/mini';
import { type Config, optional, readConfig, size } from './config.js';
import { DecoderForCausalLM } from './decoder.js';
import { decoderSettings } from './llama.js';
import { qwenFields, windowsOf } from './qwen2.js';

const schema = z.object({
  ...qwenFields,
  head_dim: optional(size, 128),
  attention_bias: optional(z.boolean(), false),
});

/** Qwen 3 (arXiv 2505.09388) with the names of transformers' `Qwen3ForCausalLM`. */
export class Qwen3ForCausalLM extends DecoderForCausalLM {
  static override readonly typeName: string = 'Qwen3ForCausalLM';

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    const fields = readConfig(schema, config);
    super({
      ...decoderSettings(fields),
      inputBias: fields.attention_bias,
      outputBias: fields.attention_bias,
      hasHeadNorms: true,
      windows: windowsOf(fields),
    });
  }
}
