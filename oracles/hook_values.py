"""Write what TransformerLens's hooks hold for some golden models, and the names of all its hooks.

It needs an environment of its own, with transformer_lens 3.9.0 (the last with `HookedTransformer`) beside the
requirements: its models are our golden ones, converted by it, and its logits must be theirs. Each `hooks.safetensors`
holds the values of the hooks that fire for the first four positions of input_ids[:1]; `hook-names.json` lists all
hooks of each model.
"""
import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
import transformer_lens.loading_from_pretrained as loading
from safetensors.torch import load_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformer_lens import HookedEncoder, HookedTransformer, HookedTransformerConfig
from transformers import AutoModelForCausalLM, BertForPreTraining, PreTrainedTokenizerFast

from golden_files import GOLDEN, write_golden

POSITIONS = 4
CAUSAL = ["gpt2-tiny", "gpt-neo-tiny", "gpt-neox-tiny", "llama-tiny", "mistral-tiny", "opt-tiny", "phi3-tiny",
          "qwen2-tiny", "qwen3-tiny"]
# TransformerLens knows the sizes of Gemma by the names of its checkpoints.
GEMMA = {"gemma2-tiny": "google/gemma-2-2b", "gemma3-tiny": "google/gemma-3-1b-pt"}


def tokenizer() -> PreTrainedTokenizerFast:
    """TransformerLens wants one, and uses it for text only."""
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"a": 0}, "a")), unk_token="a")


def converted(name: str, load: type, hooked_class: type) -> torch.nn.Module:
    """A golden model as TransformerLens converts it."""
    # It takes local checkpoints, but looks for known names in their paths.
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copytree(GOLDEN / name, Path(folder) / "model")
        config = json.loads((path / "config.json").read_text())
        # Configs of GPT-2 had this field before.
        (path / "config.json").write_text(json.dumps(config | {"n_ctx": config.get("n_positions")}))
        model = load.from_pretrained(path, dtype=torch.float32)
        settings = loading.get_pretrained_model_config(str(path))
        hooked = hooked_class(settings, tokenizer())
        hooked.load_state_dict(loading.get_pretrained_state_dict(str(path), settings, model), strict=False)
        return hooked


def gemma(name: str, known: str) -> HookedTransformer:
    """A small Gemma as TransformerLens converts it, by the settings of a large one."""
    model = AutoModelForCausalLM.from_pretrained(GOLDEN / name, dtype=torch.float32)
    config = model.config
    kinds = {"sliding_attention": "local", "full_attention": "global"}
    settings = loading.get_pretrained_model_config(known).to_dict() | dict(
        d_model=config.hidden_size, d_head=config.head_dim, n_heads=config.num_attention_heads,
        d_mlp=config.intermediate_size, n_layers=config.num_hidden_layers, n_ctx=config.max_position_embeddings,
        eps=config.rms_norm_eps, d_vocab=config.vocab_size, d_vocab_out=config.vocab_size,
        n_key_value_heads=config.num_key_value_heads, window_size=config.sliding_window, rotary_dim=config.head_dim,
        attn_types=[kinds[kind] for kind in config.layer_types], attn_scale=config.query_pre_attn_scalar ** 0.5,
        attn_scores_soft_cap=config.attn_logit_softcapping or -1.0,
        output_logits_soft_cap=config.final_logit_softcapping or -1.0)
    if "full_attention" in config.rope_parameters:
        settings |= dict(rotary_base=config.rope_parameters["full_attention"]["rope_theta"],
                         rotary_base_local=config.rope_parameters["sliding_attention"]["rope_theta"],
                         rotary_scaling_factor=config.rope_parameters["full_attention"].get("factor", 1.0))
    else:
        settings |= dict(rotary_base=config.rope_parameters["rope_theta"])
    hooked = HookedTransformer(HookedTransformerConfig.from_dict(settings), tokenizer())
    hooked.load_state_dict(loading.convert_gemma_weights(model, hooked.cfg), strict=False)
    return hooked


@torch.no_grad()
def write(name: str, model: torch.nn.Module) -> list[str]:
    """Write one model's values; return the names of its hooks."""
    golden = load_file(GOLDEN / name / "golden.safetensors")
    # What comes later does not reach these positions, but for encoders.
    ids = golden["input_ids"][:1] if name.startswith("bert") else golden["input_ids"][:1, :POSITIONS]
    model.cfg.use_hook_mlp_in = True
    logits, cache = model.run_with_cache(ids.long())
    torch.testing.assert_close(logits, golden["logits"][:1, :ids.shape[1]], atol=1e-4, rtol=0)
    write_golden(name, {hook: value.float().clone() for hook, value in cache.items()}, "hooks.safetensors")
    return list(model.hook_dict)


def main() -> None:
    """Write all."""
    models = ([(name, converted(name, AutoModelForCausalLM, HookedTransformer)) for name in CAUSAL]
              + [(name, gemma(name, known)) for name, known in GEMMA.items()]
              + [("bert-tiny", converted("bert-tiny", BertForPreTraining, HookedEncoder))])
    names = {name: write(name, model) for name, model in models}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(hooks)}" for name, hooks in names.items())
    text = f'{{"version": {json.dumps(version("transformer_lens"))}, "models": {{\n{lines}\n}}}}\n'
    (GOLDEN / "hook-names.json").write_text(text)


if __name__ == "__main__":
    main()
