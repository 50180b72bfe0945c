"""Write packages/core/test/golden/gradients.json: gradients through patches, by PyTorch's autograd.

A small network in float64 with patches on its values, as PyTorch's indexed assignments. The loss is the
mean of the squared output. A gradient is null where the loss does not depend on the tensor at all.
"""
import json
from pathlib import Path

import torch
from torch import nn

GOLDEN = Path(__file__).resolve().parent.parent / "packages/core/test/golden"

generator = torch.Generator().manual_seed(0)


def numbers(*shape: int) -> torch.Tensor:
    """Normal numbers, rounded so that float32 holds what the file says."""
    return torch.randn(shape, generator=generator).double().mul(1000).round().div(1000)


UP, DOWN = nn.Linear(4, 5).double(), nn.Linear(5, 3).double()
NORM = nn.LayerNorm(5, eps=0.1).double()
NET = nn.ModuleDict({"up": UP, "norm": NORM, "down": DOWN})
for parameter in NET.parameters():
    parameter.data = numbers(*parameter.shape)
X = numbers(2, 3, 4)


def along(value: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """The component of the last axis along a direction."""
    unit = direction / direction.norm()
    return (value * unit).sum(-1, keepdim=True) * unit


# kind: what becomes of the selected part; `value` is the tensor of the patch, which has a gradient too
CHANGES = {
    "zero": lambda part, value, options: torch.zeros_like(part),
    "replace": lambda part, value, options: value,
    "add": lambda part, value, options: part + value,
    "scale": lambda part, value, options: part * options["factor"],
    "mean": lambda part, value, options: part.mean(options["dims"], keepdim=True),
    "project": lambda part, value, options:
        along(part, value) if options["keep"] else part - along(part, value),
    "custom": lambda part, value, options: part * part + part,
}


def patch(kind: str, slice: str | None = None, value: torch.Tensor | None = None, **options) -> dict:
    return {"kind": kind, "slice": slice, "value": value, "options": options}


# name: the patches on each node, in order
CASES = {
    "no patch": {},
    "zero, part": {"hidden": [patch("zero", ":, 1:, ::2")]},
    "zero, a parameter's row": {"down.weight": [patch("zero", "0")]},
    "replace, broadcast": {"hidden": [patch("replace", "..., -1", numbers(3))]},
    "replace, a whole parameter": {"up.weight": [patch("replace", None, numbers(5, 4))]},
    "replace, the whole output": {"output": [patch("replace", None, numbers(2, 3, 3))]},
    "add, lists": {"norm.output": [patch("add", "[0, 1], [2, 0]", numbers(5))]},
    "add, the input": {"x": [patch("add", None, numbers(3, 1))]},
    "scale, a parameter's rows": {"up.weight": [patch("scale", "1:3", factor=-2)]},
    "scale, all": {"hidden": [patch("scale", factor=0.5)]},
    "mean, part": {"hidden": [patch("mean", ":, :2", dims=[0])]},
    "mean, all": {"norm.output": [patch("mean", dims=[1, 2])]},
    "project out, part": {"hidden": [patch("project", ":, 1", numbers(5), keep=False)]},
    "project on, all": {"norm.output": [patch("project", None, numbers(5), keep=True)]},
    "custom": {"hidden": [patch("custom")]},
    "several on a node": {"hidden": [patch("scale", "0", factor=3), patch("add", ":, 1:", numbers(2, 5)),
                                     patch("zero", "..., 2"), patch("custom")]},
    "several nodes": {"x": [patch("project", None, numbers(4), keep=False)],
                      "up.bias": [patch("add", "1:", numbers(1))],
                      "norm.output": [patch("mean", "1", dims=[-1])],
                      "down.weight": [patch("replace", ":, 3", numbers(3))],
                      "output": [patch("scale", "[1, 0], ..., 1", factor=2)]},
}


def indices(text: str | None):
    """The index that slice text stands for."""
    class Index:
        def __getitem__(self, item):
            return item
    return ... if text is None else eval(f"Index()[{text}]", {"Index": Index})


def patched(patches: dict, path: str, value: torch.Tensor) -> torch.Tensor:
    for each in patches.get(path, []):
        changed, at = value.clone(), indices(each["slice"])
        changed[at] = CHANGES[each["kind"]](value[at], each["value"], each["options"])
        value = changed
    return value


def run(patches: dict, x: torch.Tensor) -> torch.Tensor:
    weights = {key: patched(patches, key, each) for key, each in NET.named_parameters()}
    at = lambda path, value: patched(patches, path, value)
    hidden = at("hidden", torch.tanh(nn.functional.linear(at("x", x), weights["up.weight"], weights["up.bias"])))
    norm = nn.functional.layer_norm(hidden, (5,), weights["norm.weight"], weights["norm.bias"], NORM.eps)
    out = nn.functional.linear(at("norm.output", norm), weights["down.weight"], weights["down.bias"])
    return at("output", out)


def listed(tensor: torch.Tensor | None) -> dict | None:
    """A tensor as {shape, values}, with nine digits."""
    if tensor is None or not tensor.any():
        return None
    values = json.loads(json.dumps(tensor.tolist()), parse_float=lambda text: float(f"{float(text):.9g}"))
    return {"shape": list(tensor.shape), "values": values}


def case(name: str, patches: dict) -> dict:
    """One case with its loss and the gradients of the input, the parameters and the values of patches."""
    x = X.clone().requires_grad_()
    values = [each["value"].requires_grad_() for on in patches.values() for each in on
              if each["value"] is not None]
    loss = run(patches, x).square().mean()
    parameters = dict(NET.named_parameters())
    grads = torch.autograd.grad(loss, [x, *parameters.values(), *values], allow_unused=True)
    of_values = iter(grads[1 + len(parameters):])
    given = [{"path": path, "kind": each["kind"], "slice": each["slice"], **each["options"],
              "value": listed(each["value"]),
              "gradient": None if each["value"] is None else listed(next(of_values))}
             for path, on in patches.items() for each in on]
    return {"name": name, "patches": given, "loss": loss.item(), "input": listed(grads[0]),
            "parameters": dict(zip(parameters, map(listed, grads[1:])))}


if __name__ == "__main__":
    golden = {"x": listed(X), "parameters": {key: listed(each) for key, each in NET.named_parameters()},
              "cases": [case(name, patches) for name, patches in CASES.items()]}
    text = json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"')
    (GOLDEN / "gradients.json").write_text(text + "\n")
