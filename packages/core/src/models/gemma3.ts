import * as z from 'zod/mini';
import { isPlainObject } from '../graph/structure.js';
import { type Config, optional, readConfig, size } from './config.js';
import { GemmaForCausalLM, gemmaFields, gemmaSettings } from './gemma-decoder.js';
import { ropeFrom, ropeParameters } from './rope-config.js';

const positive = z.number().check(z.positive());

const schema = z.object({
  ...gemmaFields,
  sliding_window_pattern: optional(size, 6),
  /** Settings for each type of layer; older configs have the three fields after it. */
  rope_parameters: z.nullish(
    z.object({ full_attention: z.nullish(ropeParameters), sliding_attention: z.nullish(ropeParameters) }),
  ),
  rope_theta: optional(positive, 1e6),
  rope_local_base_freq: optional(positive, 1e4),
  rope_scaling: z.nullish(ropeParameters),
});

/** What configs leave out where transformers has the same. */
const DEFAULTS: Config = {
  vocab_size: 262208,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  max_position_embeddings: 131072,
};

/** The text part of Gemma 3 (arXiv 2503.19786) with the names of transformers' `Gemma3ForCausalLM`. */
export class Gemma3ForCausalLM extends GemmaForCausalLM {
  static override readonly typeName: string = 'Gemma3ForCausalLM';

  /**
   * The config of a model that also reads images has that of its text part as `text_config`. `attn_logit_softcapping`
   * has no effect, as in transformers.
   * @throws CheckpointError for a config that does not fit
   */
  constructor({ text_config, ...config }: Config) {
    const fields = readConfig(schema, {
      ...DEFAULTS,
      ...(isPlainObject(text_config) ? text_config : config),
    });
    const settings = gemmaSettings(fields, fields.sliding_window_pattern);
    const { rope_parameters: rope } = fields;
    const plain = ropeParameters.parse({});
    const full = rope?.full_attention ?? fields.rope_scaling ?? plain;
    super({
      ...settings,
      rotary: {
        full_attention: ropeFrom(full, { ...settings, theta: fields.rope_theta }),
        sliding_attention: ropeFrom(rope?.sliding_attention ?? plain, {
          ...settings,
          theta: fields.rope_local_base_freq,
        }),
      },
      hasHeadNorms: true,
      finalSoftCap: fields.final_logit_softcapping ?? null,
    });
  }
}

/** The name here of a key in a Gemma 3 checkpoint, or null for a weight of the part that reads images. */
export function gemma3Key(key: string): string | null {
  const name = key.replace(/^(?:model\.language_model|language_model\.model)\./, 'model.');
  if (/(?:^|\.)(?:vision_tower|multi_modal_projector)\./.test(name)) return null;
  return name.replace(/^language_model\.lm_head\./, 'lm_head.');
}
