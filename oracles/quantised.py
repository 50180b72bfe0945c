"""Write golden values of packed weights, computed by PyTorch: packages/core/test/golden/quantised.json.

  halves   float32 numbers, by their bits, and the float16 numbers that they become
  int8     matrices with a scale for each row or each column, and the integers that they become
  models   logits of golden models whose matrices were rounded so; see goldens.py for the models
"""
import json

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.pytorch_utils import Conv1D

from modules import GOLDEN, listed

MODELS = ["gpt2-tiny", "gpt2-options", "llama-tiny", "llama-options"]

# The ends of what float16 holds, ties on both sides of even numbers, subnormal numbers of both formats.
EDGES = [0.0, -0.0, 1.0, -2.5, 65504.0, 65519.996, 65520.0, 1e10, float("inf"), -float("inf"), float("nan"),
         2.0**-14, 2.0**-14 - 2.0**-25, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0000001, 3 * 2.0**-25, 2.0**-26,
         1.4e-45, 1e-40, 2048.5, 2049.5, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-11 + 2.0**-20]


def halves() -> dict:
    generator = np.random.default_rng(0)
    exponents = generator.uniform(-28, 17, 400)
    random = generator.choice([-1, 1], 400) * 2**exponents
    values = torch.tensor(np.concatenate([EDGES, random]), dtype=torch.float32)
    return {"bits": values.numpy().view(np.uint32).tolist(),
            "halves": values.half().numpy().view(np.uint16).tolist()}


def int8(weight: torch.Tensor, channels: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The scale of each output channel, shaped so that it broadcasts, and the integers."""
    scale = weight.abs().amax(dim=1 if channels == "rows" else 0, keepdim=True) / 127
    steps = weight.double() / torch.where(scale == 0, 1, scale).double()
    return scale, torch.round(steps).clamp(-127, 127)


def int8_case(channels: str, generator: torch.Generator) -> dict:
    weight = torch.randn(5, 7, generator=generator)
    weight[2] = 0
    weight[:, 3] = 0
    # Halves of steps: 127 is the largest in its row and in its column.
    weight[4] = torch.tensor([127, 0.5, 1.5, 0, 2.5, -3.5, -126.5])
    weight[0, 6] = 0.25
    scale, integers = int8(weight, channels)
    return {"channels": channels, "weight": listed(weight), "scale": listed(scale),
            "integers": integers.int().tolist(), "rounded": listed(integers.float() * scale)}


@torch.no_grad()
def model_case(name: str, kind: str) -> dict:
    model = AutoModelForCausalLM.from_pretrained(GOLDEN / name, attn_implementation="eager",
                                                 dtype=torch.float32).eval()
    seen = set()
    for module in model.modules():
        if not isinstance(module, (nn.Linear, nn.Embedding, Conv1D)) or module.weight in seen:
            continue
        seen.add(module.weight)
        if kind == "f16":
            module.weight.copy_(module.weight.half().float())
        else:
            scale, integers = int8(module.weight, "columns" if isinstance(module, Conv1D) else "rows")
            module.weight.copy_(integers.float() * scale)
    ids = load_file(GOLDEN / name / "golden.safetensors")["input_ids"].long()
    return listed(model(ids).logits)


def main() -> None:
    generator = torch.Generator().manual_seed(0)
    golden = {
        "halves": halves(),
        "int8": [int8_case(channels, generator) for channels in ("rows", "columns")],
        "models": {name: {kind: model_case(name, kind) for kind in ("f16", "int8")} for name in MODELS},
    }
    (GOLDEN / "quantised.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
