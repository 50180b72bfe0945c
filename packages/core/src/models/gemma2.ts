import * as z from 'zod/mini';
import { type Config, readConfig } from './config.js';
import { GemmaForCausalLM, gemmaFields, gemmaSettings } from './gemma-decoder.js';
import { ropeFields, ropeOf } from './rope-config.js';

const schema = z.object({
  ...ropeFields,
  ...gemmaFields,
  attn_logit_softcapping: z.optional(z.nullable(z.number().check(z.positive()))),
});

/** Gemma 2 (arXiv 2408.00118) with the names of transformers' `Gemma2ForCausalLM`. */
export class Gemma2ForCausalLM extends GemmaForCausalLM {
  static override readonly typeName: string = 'Gemma2ForCausalLM';

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    const fields = readConfig(schema, config);
    const settings = gemmaSettings(fields, 2);
    const rotary = ropeOf(fields, settings);
    const { attn_logit_softcapping: softCap = 50, final_logit_softcapping: finalSoftCap = 30 } = fields;
    super({
      ...settings,
      rotary: { full_attention: rotary, sliding_attention: rotary },
      hasHeadNorms: false,
      softCap,
      finalSoftCap,
    });
  }
}
