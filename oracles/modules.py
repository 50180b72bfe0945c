"""Write golden values of single layers (from PyTorch) and of indexing (from NumPy).

Both go to packages/core/test/golden/: layers.json and slices.json. Arrays are nested lists of
numbers, next to the shapes they have.
"""
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from slice_cases import BAD_INDEX, BAD_VALUE, CASES

GOLDEN = Path(__file__).resolve().parent.parent / "packages/core/test/golden"


def listed(array) -> dict:
    """An array as {shape, values}; float32 values keep nine digits, which is all of them."""
    array = np.asarray(array)
    values = array.tolist()
    if array.dtype.kind == "f":
        values = json.loads(json.dumps(values), parse_float=lambda text: float(f"{float(text):.9g}"))
    return {"shape": list(array.shape), "values": values}


@torch.no_grad()
def layer_case(name: str, layer, options: dict, input: torch.Tensor, generator=None) -> dict:
    """One layer with random parameters (a module) or none (a function), and what it returns."""
    parameters = {}
    if isinstance(layer, nn.Module):
        for key, parameter in layer.named_parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
            parameters[key] = listed(parameter)
    return {"layer": name, "options": options, "parameters": parameters,
            "input": listed(input), "output": listed(layer(input))}


def layer_cases() -> list[dict]:
    """All layers the library has, each on an input of rank 3 or on token ids."""
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.randn(2, 3, 4, generator=generator)
    ids = torch.tensor([[0, 4, 2], [2, 1, 0]])
    modules = [
        ("Linear", nn.Linear(4, 5), {"inFeatures": 4, "outFeatures": 5, "bias": True}, x),
        ("Linear", nn.Linear(4, 3, bias=False), {"inFeatures": 4, "outFeatures": 3, "bias": False}, x),
        ("Conv1D", Conv1D(5, 4), {"inFeatures": 4, "outFeatures": 5}, x),
        ("Embedding", nn.Embedding(5, 4), {"count": 5, "width": 4}, ids),
        ("LayerNorm", nn.LayerNorm(4, eps=1e-5), {"width": 4, "eps": 1e-5}, x),
        ("LayerNorm", nn.LayerNorm(4, eps=0.1), {"width": 4, "eps": 0.1}, x),
        ("RMSNorm", nn.RMSNorm(4, eps=1e-6), {"width": 4, "eps": 1e-6}, x),
        ("RMSNorm", nn.RMSNorm(4, eps=0.1), {"width": 4, "eps": 0.1}, x),
    ]
    wide = torch.linspace(-6, 6, 25)
    functions = [
        ("gelu", lambda v: nn.functional.gelu(v), wide),
        ("gelu_tanh", lambda v: nn.functional.gelu(v, approximate="tanh"), wide),
        ("silu", nn.functional.silu, wide),
        ("relu", nn.functional.relu, wide),
        ("softmax", lambda v: v.softmax(-1), x),
        ("softmax", lambda v: v.softmax(-1), torch.tensor([[1000.0, 999.0, -1e9], [-50.0, 0.0, 50.0]])),
    ]
    return ([layer_case(name, layer, options, input, generator) for name, layer, options, input in modules]
            + [layer_case(name, function, {}, input) for name, function, input in functions])


def numpy_index(text: str):
    """The Python index that stands between the brackets of `a[...]`."""
    return eval(f"np.s_[{text}]", {"np": np})


def arange(shape) -> np.ndarray:
    """0, 1, 2, … in a shape."""
    return np.arange(int(np.prod(shape))).reshape(shape)


def slice_case(shape, index: str, value=7) -> dict:
    """What reading `a[index]` gives, and what `a` is after `a[index] = value`."""
    array, read, value = arange(shape), arange(shape)[numpy_index(index)], np.asarray(value)
    array[numpy_index(index)] = value
    return {"shape": list(shape), "index": index, "read": read.tolist(), "readShape": list(read.shape),
            "assign": value.tolist(), "assignShape": list(value.shape), "after": array.tolist()}


def error_case(shape, index: str, value=None) -> dict:
    """An index that NumPy refuses to read, or, with a value, an assignment that it refuses."""
    array = arange(shape)
    try:
        if value is None:
            array[numpy_index(index)]
        else:
            array[numpy_index(index)] = np.asarray(value)
    except (IndexError, ValueError) as error:
        assign = {} if value is None else {"assign": value, "assignShape": list(np.shape(value))}
        return {"shape": list(shape), "index": index, **assign, "numpyMessage": str(error)}
    raise AssertionError(f"NumPy accepts {index} of shape {shape}")


def write(name: str, content) -> None:
    """Write one JSON file, one case a line."""
    lines = {key: "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]"
             for key, cases in content.items()}
    text = "{" + ",\n".join(f'"{key}": {value}' for key, value in lines.items()) + "}\n"
    (GOLDEN / name).write_text(text)


if __name__ == "__main__":
    write("layers.json", {"cases": layer_cases()})
    write("slices.json", {"cases": [slice_case(*case) for case in CASES],
                          "errors": [error_case(*case) for case in BAD_INDEX + BAD_VALUE]})
