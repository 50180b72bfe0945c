"""Write tiny random causal models, or those that are named, with their exact activations, computed by `transformers`.

Each golden.safetensors holds, in float32 arithmetic:

  input_ids       int32 [2, 7]             the prompts
  logits          float32 [2, 7, vocab]
  resid_i         float32 [2, 7, width]    the residual stream entering block i; the last one leaves the
                                           last block and has not passed the final norm
  pattern_i       float32 [2, heads, 7, 7] attention probabilities of block i
  attention_mask  int32 [2, 7]             padding at the end of one row and at the start of the other
  padded_logits   float32 [2, 7, vocab]    logits with that mask; 0 at padding
  greedy          int32 [1, 20]            tokens generated greedily from input_ids[:1], without cutting the
                                           context (its length, 27 tokens, fits every model here)
"""
import sys

import torch
from transformers import (AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, GPT2Config, GPTNeoConfig,
                          GPTNeoXConfig, LlamaConfig, MistralConfig, OPTConfig, Phi3Config, Qwen2Config,
                          Qwen3Config)

from golden_files import padding, randomise, saved, streams, write_golden

VOCAB, POSITIONS, NEW_TOKENS = 37, 32, 20
F32, F16, BF16 = torch.float32, torch.float16, torch.bfloat16
ENDLESS = dict(vocab_size=VOCAB, bos_token_id=None, eos_token_id=None, pad_token_id=None)

GPT2 = ENDLESS | dict(n_positions=POSITIONS, n_embd=16, n_layer=2, n_head=2,
                      activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
GPT2_OPTIONS = GPT2 | dict(n_head=4, n_inner=24, activation_function="relu",
                           scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-3,
                           tie_word_embeddings=False)

NEO = ENDLESS | dict(max_position_embeddings=POSITIONS, hidden_size=16, num_layers=3, num_heads=2,
                     attention_types=[[["global", "local"], 1], [["global"], 1]], window_size=3)
NEO_OPTIONS = NEO | dict(num_layers=2, num_heads=4, attention_types=[[["local"], 2]], window_size=4,
                         intermediate_size=24, activation_function="relu", layer_norm_epsilon=1e-3,
                         tie_word_embeddings=False)

NEOX = ENDLESS | dict(max_position_embeddings=POSITIONS, hidden_size=16, num_hidden_layers=2,
                      num_attention_heads=2, intermediate_size=24,
                      rope_parameters=dict(rope_type="default", rope_theta=10000, partial_rotary_factor=0.5))
NEOX_OPTIONS = NEOX | dict(use_parallel_residual=False, attention_bias=False, layer_norm_eps=1e-3,
                           hidden_act="gelu_fast", tie_word_embeddings=True,
                           rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=100.0,
                                                partial_rotary_factor=0.25))

# What models in Llama's shape share.
DECODER = ENDLESS | dict(max_position_embeddings=POSITIONS, hidden_size=16, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, intermediate_size=24,
                         rms_norm_eps=1e-5, tie_word_embeddings=False)
LLAMA = DECODER | dict(rope_theta=10000.0)
LLAMA_OPTIONS = LLAMA | dict(head_dim=8, num_key_value_heads=1, attention_bias=True, mlp_bias=True,
                             tie_word_embeddings=True, rope_theta=500000.0, hidden_act="gelu")
WIDE = LLAMA | dict(head_dim=16, num_key_value_heads=1)


def rope(kind: str, positions: int = POSITIONS, **options) -> dict:
    """A Llama whose rotary embedding is of another kind; eight angles for each head, of a steep base."""
    return WIDE | dict(max_position_embeddings=positions,
                       rope_parameters=dict(rope_type=kind, rope_theta=100.0, **options))


def factors(first: float, count: int) -> list[float]:
    """Factors that grow from angle to angle, as those of longrope do."""
    return [first + 0.5 * i for i in range(count)]


MISTRAL = DECODER | dict(sliding_window=4)
MISTRAL_OPTIONS = DECODER | dict(sliding_window=None, head_dim=8, tie_word_embeddings=True,
                                 hidden_act="gelu_pytorch_tanh", rope_theta=1e6)
QWEN2 = DECODER | dict(tie_word_embeddings=True, rope_theta=1e6)
QWEN2_WINDOW = DECODER | dict(num_hidden_layers=3, use_sliding_window=True, sliding_window=3,
                              max_window_layers=1)
QWEN2_TYPES = QWEN2_WINDOW | dict(layer_types=["sliding_attention", "full_attention", "sliding_attention"])
QWEN3 = DECODER | dict(head_dim=8, tie_word_embeddings=True, rope_theta=1e6)
QWEN3_OPTIONS = DECODER | dict(head_dim=8, attention_bias=True, use_sliding_window=True, sliding_window=4,
                               max_window_layers=1,
                               rope_parameters=dict(rope_type="yarn", factor=4.0, rope_theta=1e3,
                                                    original_max_position_embeddings=8))
PHI3 = DECODER | dict(num_key_value_heads=4, sliding_window=4)
PHI3_LONGROPE = DECODER | dict(tie_word_embeddings=True, num_attention_heads=2, num_key_value_heads=1,
                               original_max_position_embeddings=12, hidden_act="gelu",
                               rope_parameters=dict(rope_type="longrope", rope_theta=100.0,
                                                    partial_rotary_factor=0.5,
                                                    short_factor=factors(1.0, 2),
                                                    long_factor=factors(2.0, 2)))
GEMMA2 = DECODER | dict(num_hidden_layers=2, head_dim=8, sliding_window=4, query_pre_attn_scalar=24,
                        attn_logit_softcapping=2.0, final_logit_softcapping=1.5, tie_word_embeddings=True)
GEMMA2_OPTIONS = GEMMA2 | dict(layer_types=["full_attention", "sliding_attention"], attention_bias=True,
                               attn_logit_softcapping=None, final_logit_softcapping=None,
                               hidden_activation="gelu", tie_word_embeddings=False)
GEMMA3 = DECODER | dict(num_hidden_layers=3, head_dim=8, sliding_window=3, sliding_window_pattern=2,
                        query_pre_attn_scalar=8, tie_word_embeddings=True,
                        rope_parameters=dict(
                            full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e3),
                            sliding_attention=dict(rope_type="default", rope_theta=1e2)))
GEMMA3_OPTIONS = DECODER | dict(head_dim=8, sliding_window=4, layer_types=["full_attention", "sliding_attention"],
                                attention_bias=True, final_logit_softcapping=1.5, rms_norm_eps=1e-3)
OPT = ENDLESS | dict(pad_token_id=1, max_position_embeddings=POSITIONS, hidden_size=16, num_hidden_layers=2,
                     num_attention_heads=2, ffn_dim=24, dropout=0.0)
OPT_PROJECTED = OPT | dict(do_layer_norm_before=False, word_embed_proj_dim=8)
OPT_OPTIONS = OPT | dict(enable_bias=False, layer_norm_elementwise_affine=False, tie_word_embeddings=False,
                         _remove_final_layer_norm=True, activation_function="gelu")

# name: (configuration, its options, type the weights are stored in, seed of the weights).
# The seeds were picked so that the greedy tokens vary instead of settling on one token.
MODELS = {
    "gpt2-tiny": (GPT2Config, GPT2, F32, 78),
    "gpt2-options": (GPT2Config, GPT2_OPTIONS, F32, 44),
    "gpt2-f16": (GPT2Config, GPT2, F16, 78),
    "gpt-neo-tiny": (GPTNeoConfig, NEO, F32, 50),
    "gpt-neo-options": (GPTNeoConfig, NEO_OPTIONS, F32, 48),
    "gpt-neox-tiny": (GPTNeoXConfig, NEOX, F16, 55),
    "gpt-neox-options": (GPTNeoXConfig, NEOX_OPTIONS, F32, 0),
    "llama-tiny": (LlamaConfig, LLAMA, F32, 64),
    "llama-options": (LlamaConfig, LLAMA_OPTIONS, F32, 3),
    "llama-bf16": (LlamaConfig, LLAMA, BF16, 64),
    "llama-linear": (LlamaConfig, rope("linear", factor=4.0), F32, 0),
    # Six positions grow the base from the seventh on; five times six hold all that is generated.
    "llama-dynamic": (LlamaConfig, rope("dynamic", 6, factor=5.0), F32, 17),
    "llama-llama3": (LlamaConfig, rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                       original_max_position_embeddings=28), F32, 0),
    "llama-yarn": (LlamaConfig, rope("yarn", 96, factor=4.0, original_max_position_embeddings=24), F32, 0),
    "llama-yarn-options": (LlamaConfig, rope("yarn", 96, factor=4.0, original_max_position_embeddings=24,
                                             mscale=1.2, mscale_all_dim=0.6, truncate=False, beta_fast=2.0,
                                             beta_slow=0.5), F32, 0),
    # Its prompt is longer than the original context.
    "llama-longrope": (LlamaConfig, rope("longrope", original_max_position_embeddings=5, attention_factor=1.1,
                                         short_factor=factors(1.0, 8), long_factor=factors(2.0, 8)), F32, 49),
    "mistral-tiny": (MistralConfig, MISTRAL, BF16, 15),
    "mistral-options": (MistralConfig, MISTRAL_OPTIONS, F32, 42),
    "qwen2-tiny": (Qwen2Config, QWEN2, BF16, 59),
    "qwen2-window": (Qwen2Config, QWEN2_WINDOW, F32, 11),
    "qwen2-types": (Qwen2Config, QWEN2_TYPES, F32, 8),
    "qwen3-tiny": (Qwen3Config, QWEN3, F32, 34),
    "qwen3-options": (Qwen3Config, QWEN3_OPTIONS, F32, 29),
    "phi3-tiny": (Phi3Config, PHI3, F32, 24),
    "phi3-longrope": (Phi3Config, PHI3_LONGROPE, F32, 25),
    "gemma2-tiny": (Gemma2Config, GEMMA2, BF16, 12),
    "gemma2-options": (Gemma2Config, GEMMA2_OPTIONS, F32, 10),
    "gemma3-tiny": (Gemma3TextConfig, GEMMA3, BF16, 28),
    "gemma3-options": (Gemma3TextConfig, GEMMA3_OPTIONS, F32, 13),
    "opt-tiny": (OPTConfig, OPT, F16, 15),
    "opt-projected": (OPTConfig, OPT_PROJECTED, F32, 27),
    "opt-options": (OPTConfig, OPT_OPTIONS, F32, 8),
}


def blocks(model: torch.nn.Module) -> list[torch.nn.Module]:
    """The transformer blocks of a causal model."""
    base = model.base_model
    base = getattr(base, "decoder", base)
    return list(base.h if hasattr(base, "h") else base.layers)


@torch.no_grad()
def greedy(model: torch.nn.Module, input_ids: torch.Tensor, count: int) -> torch.Tensor:
    """The `count` tokens found by appending the most likely token again and again."""
    ids = input_ids
    for _ in range(count):
        ids = torch.cat([ids, model(ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    return ids[:, input_ids.shape[1]:]


def built(name: str) -> tuple[torch.nn.Module, torch.Tensor]:
    """A model with random weights, and the prompts to run it on."""
    config_class, options, _, seed = MODELS[name]
    generator = torch.Generator().manual_seed(seed)
    config = config_class(**options, attn_implementation="eager")
    model = AutoModelForCausalLM.from_config(config).eval()
    randomise(model, generator)
    return model, torch.randint(VOCAB, (2, 7), generator=generator)


@torch.no_grad()
def write(name: str) -> None:
    """Write one model and its golden values into its folder."""
    model, input_ids = built(name)
    model = saved(name, model, MODELS[name][2])
    output, resid = streams(
        blocks(model), lambda: model(input_ids, output_attentions=True, use_cache=False))
    mask = padding(input_ids.shape[1])
    padded = model(input_ids, attention_mask=mask, use_cache=False).logits * mask.unsqueeze(-1)
    write_golden(name, {
        "input_ids": input_ids.int(), "logits": output.logits,
        "attention_mask": mask.int(), "padded_logits": padded,
        # Last, as a dynamic rotary embedding remembers the longest input.
        "greedy": greedy(model, input_ids[:1], NEW_TOKENS).int(),
        **{f"resid_{i}": stream for i, stream in enumerate(resid)},
        **{f"pattern_{i}": pattern for i, pattern in enumerate(output.attentions)},
    })


if __name__ == "__main__":
    for model_name in sys.argv[1:] or MODELS:
        write(model_name)
        print(model_name)
