"""What the scripts that write golden models have in common.

`goldens.py` (causal models) and the scripts for other kinds of models import from here: `randomise`, `saved`,
`streams`, `padding` and `write_golden`. A golden model is a folder under packages/core/test/golden/ with the model
as `save_pretrained` writes it and a `golden.safetensors` with what that model computes in float32 arithmetic.
"""
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

GOLDEN = Path(__file__).resolve().parent.parent / "packages/core/test/golden"


def randomise(model: torch.nn.Module, generator: torch.Generator) -> None:
    """Fill every parameter so that each term of the forward pass is visible in the result."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        is_norm_weight = parameter.ndim == 1 and name.endswith("weight")
        parameter.data = 1 + 0.3 * noise if is_norm_weight else 0.3 * noise
    model.tie_weights()


def saved(name: str, model: torch.nn.Module, stored: torch.dtype = torch.float32) -> torch.nn.Module:
    """Save a model in its folder with weights of the type `stored`; return it as users read it.

    A cast in place would also have rounded the rotary frequencies.
    """
    model.to(stored).save_pretrained(GOLDEN / name)
    (GOLDEN / name / "generation_config.json").unlink(missing_ok=True)
    return type(model).from_pretrained(
        GOLDEN / name, dtype=torch.float32, attn_implementation="eager").eval()


def streams(blocks: Sequence[torch.nn.Module], run: Callable):
    """Call `run`; return its result and the stream entering each block, then the one leaving the last."""
    entering, leaving = [], []
    hooks = [block.register_forward_pre_hook(
        lambda _, args, kwargs: entering.append(args[0] if args else kwargs["hidden_states"]), with_kwargs=True)
        for block in blocks]
    hooks.append(blocks[-1].register_forward_hook(
        lambda _, args, out: leaving.append(out[0] if isinstance(out, tuple) else out)))
    result = run()
    for hook in hooks:
        hook.remove()
    return result, [*entering, *leaving]


def padding(length: int) -> torch.Tensor:
    """The attention mask of two rows: one with two positions of padding at its end, one at its start."""
    mask = torch.ones(2, length, dtype=torch.int64)
    mask[0, -2:] = 0
    mask[1, :2] = 0
    return mask


def write_golden(name: str, golden: dict[str, torch.Tensor], file: str = "golden.safetensors") -> None:
    """Write tensors into a model's folder, and make all its files readable."""
    save_file({key: value.contiguous() for key, value in golden.items()}, GOLDEN / name / file)
    for each in (GOLDEN / name).iterdir():
        each.chmod(0o644)
