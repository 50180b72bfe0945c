/** Where a model has what TransformerLens hooks, as node paths. */
export interface HookLayout {
  /** How many blocks there are. */
  readonly layers: number;
  /** By the hook's name, outside of blocks. */
  readonly model: HookPaths;
  /** Path of a block, `{l}` standing for its number. */
  readonly block: string;
  /** By the hook's name after `blocks.3.`, as paths below the block. */
  readonly inBlock: HookPaths;
}

type HookPaths = Readonly<Record<string, string>>;

/** What attention names in every model here. */
const ATTENTION = {
  hook_q: 'q',
  hook_k: 'k',
  hook_v: 'v',
  hook_attn_scores: 'scores',
  hook_pattern: 'pattern',
  hook_z: 'z',
};
const ROTARY = {
  hook_rot_q: 'rot_q',
  hook_rot_k: 'rot_k',
  'q_norm.hook_normalized': 'q_norm.mul',
  'k_norm.hook_normalized': 'k_norm.mul',
};

/** Around the unembedding of models that call it `lm_head`. */
export const UNEMBED_HOOKS = { 'unembed.hook_in': 'lm_head.input', 'unembed.hook_out': 'lm_head.output' };

/** The hooks of a block whose attention layer is called `attention` and whose feed-forward layer is called `mlp`. */
export function blockHooks({
  attention,
  mlp,
  norms: [first, second],
  isRotary,
  isGated,
}: {
  readonly attention: string;
  readonly mlp: string;
  readonly norms: readonly [first: string, second: string];
  readonly isRotary: boolean;
  readonly isGated: boolean;
}): HookPaths {
  return {
    hook_resid_pre: 'hiddenStates',
    'ln1.hook_normalized': `${first}.mul`,
    ...attentionHooks(attention, isRotary),
    hook_attn_out: `${attention}.output`,
    hook_resid_mid: 'resid_mid',
    hook_mlp_in: `${second}.input`,
    'ln2.hook_normalized': `${second}.mul`,
    ...below('mlp', mlp, {
      hook_pre: 'pre',
      ...(isGated && { hook_pre_linear: 'pre_linear' }),
      hook_post: 'post',
    }),
    hook_mlp_out: `${mlp}.output`,
    hook_resid_post: 'output',
  };
}

/** The hooks of an attention layer. */
export function attentionHooks(attention: string, isRotary = false): HookPaths {
  return below('attn', attention, { ...ATTENTION, ...(isRotary && ROTARY) });
}

function below(hooks: string, module: string, paths: HookPaths): HookPaths {
  return Object.fromEntries(
    Object.entries(paths).map(([hook, path]) => [`${hooks}.${hook}`, `${module}.${path}`]),
  );
}

/** The layout of models in GPT-2's shape, whose attention layer in a block is at the path `attention`. */
export function gptLayout(layers: number, attention: string): HookLayout {
  return {
    layers,
    model: {
      hook_embed: 'transformer.wte.output',
      hook_pos_embed: 'transformer.wpe.output',
      'ln_final.hook_normalized': 'transformer.ln_f.mul',
      ...UNEMBED_HOOKS,
    },
    block: 'transformer.h_{l}',
    inBlock: blockHooks({
      attention,
      mlp: 'mlp',
      norms: ['ln_1', 'ln_2'],
      isRotary: false,
      isGated: false,
    }),
  };
}

/** The layout of models in Llama's shape. */
export function decoderLayout(layers: number): HookLayout {
  return {
    layers,
    model: {
      hook_embed: 'model.embed_tokens.output',
      'ln_final.hook_normalized': 'model.norm.mul',
      ...UNEMBED_HOOKS,
    },
    block: 'model.layers_{l}',
    inBlock: blockHooks({
      attention: 'self_attn',
      mlp: 'mlp',
      norms: ['input_layernorm', 'post_attention_layernorm'],
      isRotary: true,
      isGated: true,
    }),
  };
}

/**
 * Other names of a model's nodes: those of TransformerLens' hooks (`blocks.3.attn.hook_pattern`), and the same in
 * the form of node paths (`blocks_3.attn.pattern`), so that one pattern fits all models. TransformerLens has heads
 * after positions, `[batch, position, head, headDim]`; here they come before. What it calls normalized is what norms
 * here call `mul`: not yet multiplied with their weight.
 */
export function hookNames({ layers, model, block, inBlock }: HookLayout): Map<string, string> {
  const names = new Map<string, string>();
  const add = (hook: string, path: string) => {
    names.set(hook, path);
    names.set(hook.replace(/^blocks\.(\d+)/, 'blocks_$1').replace('hook_', ''), path);
  };
  for (const [hook, path] of Object.entries(model)) add(hook, path);
  for (let layer = 0; layer < layers; layer += 1) {
    const at = block.replace('{l}', String(layer));
    for (const [hook, path] of Object.entries(inBlock)) add(`blocks.${layer}.${hook}`, `${at}.${path}`);
  }
  return names;
}
