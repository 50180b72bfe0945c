"""Write tiny random models with their exact activations, computed by `transformers`.

Each folder under packages/core/test/golden/ holds a model as `save_pretrained` writes it and a
`golden.safetensors` with what that model computes, in float32 arithmetic:

  input_ids  int32 [2, 7]            the prompts
  logits     float32 [2, 7, vocab]
  resid_i    float32 [2, 7, width]   the residual stream entering block i; the last one leaves the
                                     last block and has not passed the final norm
  pattern_i  float32 [2, heads, 7, 7] attention probabilities of block i
  greedy     int32 [1, 20]           tokens generated greedily from input_ids[:1], without cutting the
                                     context (its length, 27 tokens, fits every model here)
"""
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

GOLDEN = Path(__file__).resolve().parent.parent / "packages/core/test/golden"
VOCAB, POSITIONS, NEW_TOKENS = 37, 32, 20

GPT2 = dict(vocab_size=VOCAB, n_positions=POSITIONS, n_embd=16, n_layer=2, n_head=2,
            activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
            bos_token_id=None, eos_token_id=None)
GPT2_OPTIONS = GPT2 | dict(n_head=4, n_inner=24, activation_function="relu",
                           scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-3,
                           tie_word_embeddings=False)
LLAMA = dict(vocab_size=VOCAB, max_position_embeddings=POSITIONS, hidden_size=16,
             num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=24, rope_theta=10000.0, rms_norm_eps=1e-5,
             tie_word_embeddings=False, bos_token_id=None, eos_token_id=None)
LLAMA_OPTIONS = LLAMA | dict(head_dim=8, num_key_value_heads=1, attention_bias=True, mlp_bias=True,
                             tie_word_embeddings=True, rope_theta=500000.0, hidden_act="gelu")

# name: (configuration, its options, type the weights are stored in, seed of the weights).
# The seeds were picked so that the greedy tokens vary instead of settling on one token.
MODELS = {
    "gpt2-tiny": (GPT2Config, GPT2, torch.float32, 78),
    "gpt2-options": (GPT2Config, GPT2_OPTIONS, torch.float32, 44),
    "gpt2-f16": (GPT2Config, GPT2, torch.float16, 78),
    "llama-tiny": (LlamaConfig, LLAMA, torch.float32, 64),
    "llama-options": (LlamaConfig, LLAMA_OPTIONS, torch.float32, 3),
    "llama-bf16": (LlamaConfig, LLAMA, torch.bfloat16, 64),
}
ARCHITECTURES = {GPT2Config: GPT2LMHeadModel, LlamaConfig: LlamaForCausalLM}


def randomise(model: torch.nn.Module, generator: torch.Generator) -> None:
    """Fill every parameter so that each term of the forward pass is visible in the result."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        is_norm_weight = parameter.ndim == 1 and name.endswith("weight")
        parameter.data = 1 + 0.3 * noise if is_norm_weight else 0.3 * noise
    model.tie_weights()


def blocks(model: torch.nn.Module) -> list[torch.nn.Module]:
    """The transformer blocks of a GPT-2 or Llama model."""
    return list(model.transformer.h if hasattr(model, "transformer") else model.model.layers)


def residual_streams(model: torch.nn.Module, input_ids: torch.Tensor):
    """Run the model; return its output and the stream entering each block, then leaving the last."""
    entering, leaving = [], []
    hooks = [block.register_forward_pre_hook(lambda _, args: entering.append(args[0]))
             for block in blocks(model)]
    hooks.append(blocks(model)[-1].register_forward_hook(
        lambda _, args, out: leaving.append(out[0] if isinstance(out, tuple) else out)))
    output = model(input_ids, output_attentions=True, use_cache=False)
    for hook in hooks:
        hook.remove()
    return output, [*entering, *leaving]


@torch.no_grad()
def greedy(model: torch.nn.Module, input_ids: torch.Tensor, count: int) -> torch.Tensor:
    """The `count` tokens found by appending the most likely token again and again."""
    ids = input_ids
    for _ in range(count):
        ids = torch.cat([ids, model(ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    return ids[:, input_ids.shape[1]:]


@torch.no_grad()
def write(name: str) -> None:
    """Write one model and its golden values into its folder."""
    config_class, options, stored, seed = MODELS[name]
    generator = torch.Generator().manual_seed(seed)
    config = config_class(**options, attn_implementation="eager")
    model = ARCHITECTURES[config_class](config).eval()
    randomise(model, generator)
    model.to(stored).save_pretrained(GOLDEN / name)
    (GOLDEN / name / "generation_config.json").unlink(missing_ok=True)
    # Read back, as users do: a cast in place would also have rounded the rotary frequencies.
    model = ARCHITECTURES[config_class].from_pretrained(
        GOLDEN / name, dtype=torch.float32, attn_implementation="eager").eval()

    input_ids = torch.randint(VOCAB, (2, 7), generator=generator)
    output, streams = residual_streams(model, input_ids)
    golden = {"input_ids": input_ids.int(), "logits": output.logits,
              "greedy": greedy(model, input_ids[:1], NEW_TOKENS).int()}
    golden |= {f"resid_{i}": stream for i, stream in enumerate(streams)}
    golden |= {f"pattern_{i}": pattern for i, pattern in enumerate(output.attentions)}
    save_file({key: value.contiguous() for key, value in golden.items()},
              GOLDEN / name / "golden.safetensors")
    for file in (GOLDEN / name).iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    for model_name in MODELS:
        write(model_name)
        print(model_name)
