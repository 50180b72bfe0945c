import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { type Config, optional, readConfig, size } from './config.js';
import { DecoderForCausalLM } from './decoder.js';
import { decoderFields, decoderSettings } from './llama.js';

const schema = z.object({
  ...decoderFields,
  rms_norm_eps: optional(z.number().check(z.nonnegative()), 1e-5),
  original_max_position_embeddings: optional(size, 4096),
  /** Null where each layer sees all positions. */
  sliding_window: z.nullish(size),
});

type Phi3Config = z.output<typeof schema>;

/** Phi-3 (arXiv 2404.14219): Llama with fused matrices; the names of transformers' `Phi3ForCausalLM`. */
export class Phi3ForCausalLM extends DecoderForCausalLM {
  static override readonly typeName: string = 'Phi3ForCausalLM';

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    const fields = withLongrope(readConfig(schema, config));
    const settings = decoderSettings(fields);
    const { type } = settings.rotary.rope;
    if (type !== 'default' && type !== 'longrope') {
      throw new CheckpointError(
        `config.json: the rope type '${type}' is not supported for phi3; default, longrope are.`,
      );
    }
    super({
      ...settings,
      isFused: true,
      windows: settings.windows.map(() => fields.sliding_window ?? null),
    });
  }
}

/** Early checkpoints of Phi-3 have longrope under the name of yarn. */
function withLongrope(fields: Phi3Config): Phi3Config {
  const rope = fields.rope_parameters ?? fields.rope_scaling;
  if ((rope?.rope_type ?? rope?.type) !== 'yarn') return fields;
  return { ...fields, rope_parameters: { ...rope, rope_type: 'longrope' } as typeof rope };
}
