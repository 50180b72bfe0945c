"""Write tiny random encoders (BERT, DistilBERT, ViT) with their exact activations, computed by `transformers`.

Each folder under packages/core/test/golden/ holds a model as `save_pretrained` writes it and a `golden.safetensors`
with what that model computes, in float32 arithmetic, on a batch of two:

  input_ids       int32 [2, 7]       or pixel_values float32 [2, channels, height, width] for ViT
  logits          float32 [2, 7, vocab], or [2, labels] for ViT
  last_hidden_state, pooler_output, sentence_embedding    instead of logits, of encoders without a head
  resid_i         float32 [2, 7, width]  the residual stream entering block i; the last one leaves the last block
  resid_mid_i     float32 [2, 7, width]  the residual stream after the attention of block i, before any norm
  resid_post_i    float32 [2, 7, width]  that at the end of block i before its norm, where a norm ends the block
  pattern_i       float32 [2, heads, 7, 7]  attention probabilities of block i

For texts, `padded.logits` and so on are the same with `attention_mask` and `token_type_ids` (both int32 [2, 7], the
latter for BERT only). The first text is padded at its end, the second at its beginning.
"""
import json

import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertModel,
    PreTrainedModel,
    ViTConfig,
    ViTForImageClassification,
)

from golden_files import GOLDEN, padding, randomise, saved, write_golden

VOCAB, LENGTH = 37, 7

BERT = dict(vocab_size=VOCAB, max_position_embeddings=16, hidden_size=16, num_hidden_layers=2,
            num_attention_heads=2, intermediate_size=24)
BERT_OPTIONS = BERT | dict(num_attention_heads=4, hidden_act="gelu_new", layer_norm_eps=1e-3, type_vocab_size=3,
                           tie_word_embeddings=False)
DISTILBERT = dict(vocab_size=VOCAB, max_position_embeddings=16, dim=16, n_layers=2, n_heads=2, hidden_dim=24)
DISTILBERT_OPTIONS = DISTILBERT | dict(n_heads=4, activation="relu", tie_word_embeddings=False)
VIT = dict(image_size=8, patch_size=4, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
           intermediate_size=24, id2label={0: "cat", 1: "dog", 2: "fox"})
VIT_OPTIONS = VIT | dict(image_size=[8, 9], patch_size=[2, 3], num_channels=1, num_attention_heads=4,
                         hidden_act="gelu_new", layer_norm_eps=1e-3, qkv_bias=False)

# name: (class, configuration, type the weights are stored in)
MODELS = {
    "bert-tiny": (BertForMaskedLM, BertConfig(**BERT), torch.float32),
    "bert-options": (BertForMaskedLM, BertConfig(**BERT_OPTIONS), torch.float16),
    "bert-encoder": (BertModel, BertConfig(**BERT | dict(hidden_act="relu")), torch.float16),
    "distilbert-tiny": (DistilBertForMaskedLM, DistilBertConfig(**DISTILBERT), torch.float32),
    "distilbert-options": (DistilBertForMaskedLM, DistilBertConfig(**DISTILBERT_OPTIONS), torch.float16),
    "distilbert-encoder": (DistilBertModel, DistilBertConfig(**DISTILBERT), torch.float16),
    "vit-tiny": (ViTForImageClassification, ViTConfig(**VIT), torch.float32),
    "vit-options": (ViTForImageClassification, ViTConfig(**VIT_OPTIONS), torch.float16),
}

# name: how sentence-transformers makes one vector of the states
SENTENCES = {"bert-encoder": ("mean", True), "distilbert-encoder": ("cls", False)}


class Streams:
    """The residual streams of a model's next run."""

    def __init__(self, model: PreTrainedModel):
        self.found: dict[str, torch.Tensor] = {}
        self.hooks = []
        blocks = self.blocks(model)
        for i, block in enumerate(blocks):
            self.keep_input(f"resid_{i}", block)
            for name, norm in self.norms(block).items():
                self.keep_input(f"{name}_{i}", norm)
        self.hooks.append(blocks[-1].register_forward_hook(
            lambda _, args, out: self.found.update({f"resid_{len(blocks)}": out})))

    @staticmethod
    def blocks(model: PreTrainedModel) -> list[torch.nn.Module]:
        base = model.base_model
        stack = getattr(base, "encoder", None) or getattr(base, "transformer", None)
        return list(base.layers if stack is None else stack.layer)

    @staticmethod
    def norms(block: torch.nn.Module) -> dict[str, torch.nn.Module]:
        """The norms that what is left of a sum enters next."""
        match type(block).__name__:
            case "BertLayer":
                return {"resid_mid": block.attention.output.LayerNorm, "resid_post": block.output.LayerNorm}
            case "TransformerBlock":
                return {"resid_mid": block.sa_layer_norm, "resid_post": block.output_layer_norm}
            case "ViTLayer":
                return {"resid_mid": block.layernorm_after}
        raise ValueError(type(block).__name__)

    def keep_input(self, name: str, module: torch.nn.Module) -> None:
        self.hooks.append(module.register_forward_pre_hook(
            lambda _, args: self.found.update({name: args[0]})))

    def __enter__(self) -> dict[str, torch.Tensor]:
        return self.found

    def __exit__(self, *_) -> None:
        for hook in self.hooks:
            hook.remove()


def sentence_embedding(states: torch.Tensor, mask: torch.Tensor | None, pooling: str, normalized: bool):
    """What the modules Pooling and Normalize of sentence-transformers compute."""
    weights = (torch.ones(states.shape[:2]) if mask is None else mask).unsqueeze(-1).float()
    pooled = states[:, 0] if pooling == "cls" else (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    return torch.nn.functional.normalize(pooled, p=2, dim=1) if normalized else pooled


def computed(model: PreTrainedModel, name: str, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """All golden values of one run."""
    with Streams(model) as streams:
        output = model(**inputs, output_attentions=True)
    golden = dict(streams) | {f"pattern_{i}": pattern for i, pattern in enumerate(output.attentions)}
    for key in ("logits", "last_hidden_state", "pooler_output"):
        if getattr(output, key, None) is not None:
            golden[key] = getattr(output, key)
    if name in SENTENCES:
        golden["sentence_embedding"] = sentence_embedding(
            output.last_hidden_state, inputs.get("attention_mask"), *SENTENCES[name])
    return golden


def write_sentence_modules(name: str, width: int) -> None:
    """The files by which sentence-transformers describes its modules."""
    pooling, normalized = SENTENCES[name]
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), *([("2_Normalize", "Normalize")] if normalized else [])]
    modules = [{"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
               for i, (path, kind) in enumerate(kinds)]
    modes = {"cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max", "mean_sqrt_len_tokens": "mean_sqrt_len"}
    settings = {"word_embedding_dimension": width} | {
        f"pooling_mode_{key}": mode == pooling for key, mode in modes.items()}
    folder = GOLDEN / name
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling").chmod(0o755)
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n")
    (folder / "1_Pooling/config.json").write_text(json.dumps(settings, indent=2) + "\n")


@torch.no_grad()
def write(name: str, seed: int) -> None:
    """Write one model and its golden values into its folder."""
    model_class, config, stored = MODELS[name]
    generator = torch.Generator().manual_seed(seed)
    model = model_class(config).eval()
    randomise(model, generator)
    model = saved(name, model, stored)

    if isinstance(config, ViTConfig):
        shape = model.vit.embeddings.image_size
        inputs = {"pixel_values": torch.randn(2, config.num_channels, *shape, generator=generator)}
        golden = computed(model, name, inputs) | inputs
    else:
        inputs = {"input_ids": torch.randint(VOCAB, (2, LENGTH), generator=generator)}
        padded = {"attention_mask": padding(LENGTH)}
        if isinstance(config, BertConfig):
            padded["token_type_ids"] = torch.randint(config.type_vocab_size, (2, LENGTH), generator=generator)
        golden = computed(model, name, inputs)
        golden |= {f"padded.{key}": value for key, value in computed(model, name, inputs | padded).items()}
        golden |= {key: value.int() for key, value in (inputs | padded).items()}
    # The last stream and the output may be one tensor, which a file cannot hold twice.
    write_golden(name, {key: value.clone() for key, value in golden.items()})
    if name in SENTENCES:
        write_sentence_modules(name, config.hidden_size)


if __name__ == "__main__":
    for seed, model_name in enumerate(MODELS):
        write(model_name, seed)
        print(model_name)
