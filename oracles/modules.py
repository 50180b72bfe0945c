"""Write golden values of single layers and names of module trees (from PyTorch), and of indexing (from NumPy).

They go to packages/core/test/golden/: layers.json and slices.json. Arrays are nested lists of
numbers, next to the shapes they have.
"""
import json
import re
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers.activations import ACT2FN
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


def snake(name: str) -> str:
    """The Python name of one of our options: trackRunningStats is track_running_stats."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def built(name: str, arguments) -> nn.Module:
    """The PyTorch layer for the arguments of ours; a dictionary at the end holds options."""
    *arguments, options = arguments if arguments and isinstance(arguments[-1], dict) else [*arguments, {}]
    if name == "Conv1D":
        return Conv1D(*reversed(arguments))
    return getattr(nn, name)(*arguments, **{snake(key): value for key, value in options.items()})


@torch.no_grad()
def layer_case(name: str, arguments: list, input: str, inputs: dict, generator) -> dict:
    """One layer with random parameters and buffers, and what it returns for an input in inference."""
    layer = built(name, arguments).eval()
    for key, value in layer.state_dict().items():
        random = torch.randn(value.shape, generator=generator)
        value.copy_(random.square() + 0.5 if key == "running_var" else 7 if value.dtype == torch.int64 else random)
    return {"layer": name, "arguments": arguments,
            "state": {key: listed(value) for key, value in layer.state_dict().items()},
            "input": input, "output": listed(layer(inputs[input]))}


def gradient_case(name: str, arguments: list, input: str, inputs: dict, generator) -> dict:
    """The same with the gradients of the sum of the output's squares."""
    case = layer_case(name, arguments, input, inputs, generator)
    layer = built(name, arguments).eval()
    layer.load_state_dict({key: torch.tensor(each["values"]) for key, each in case["state"].items()})
    x = inputs[input].clone().requires_grad_()
    layer(x).square().sum().backward()
    weights = {key: listed(each.grad) for key, each in layer.named_parameters()}
    return case | {"gradients": {"input": listed(x.grad), **weights}}


# The names of activations in configs that the library knows.
ACTIVATIONS = ["gelu", "gelu_accurate", "gelu_fast", "gelu_new", "gelu_python", "gelu_python_tanh",
               "gelu_pytorch_tanh", "quick_gelu", "relu", "relu2", "sigmoid", "silu", "swish", "tanh"]


def activation_case(name: str, input: str, inputs: dict) -> dict:
    """What an activation that configs name returns for an input."""
    return {"activation": name, "input": input, "output": listed(ACT2FN[name](inputs[input]))}


class Branch(nn.Module):
    """A layer that others share, and some of its own."""

    def __init__(self, shared: nn.Module):
        super().__init__()
        self.shared = shared
        self.scale = nn.Parameter(torch.ones(2))
        self.norm = nn.LayerNorm(2, bias=False)
        self.register_buffer("shift", torch.zeros(2))
        self.factor = nn.Parameter(torch.ones(2))


class Tree(nn.Module):
    """Containers in containers, shared modules and tied weights; `module.test.ts` builds the same."""

    def __init__(self):
        super().__init__()
        shared = nn.Linear(2, 2, bias=False)
        self.embedding = nn.Embedding(3, 2)
        self.blocks = nn.ModuleList([Branch(shared), Branch(nn.Linear(2, 2))])
        self.heads = nn.ModuleDict([
            ["10", nn.Sequential(nn.Linear(2, 2), nn.ReLU(), shared)],
            ["2", nn.ModuleList([nn.ModuleDict({"inner": nn.Conv2d(1, 2, 1)})])],
            ["last", nn.Sequential(OrderedDict([("up", nn.Linear(2, 4)), ("1", nn.BatchNorm2d(4))]))],
        ])
        self.again = self.blocks[1]
        self.output = nn.Linear(2, 3, bias=False)
        self.output.weight = self.embedding.weight


class Plain(nn.Module):
    """What arrays and objects of modules correspond to."""

    def __init__(self):
        super().__init__()
        self.rows = nn.ModuleList([nn.Linear(1, 1), nn.ModuleList([nn.Linear(1, 1, bias=False)])])
        self.named = nn.ModuleDict({"a": nn.ModuleList([nn.ModuleDict({"b": nn.LayerNorm(1)})])})


def names_case(root: nn.Module) -> dict:
    """The names that PyTorch gives to the parts of a module tree, in its order."""
    return {"tree": type(root).__name__, "modules": [name for name, _ in root.named_modules()],
            "parameters": [name for name, _ in root.named_parameters()],
            "buffers": [name for name, _ in root.named_buffers()], "state": list(root.state_dict())}


def layers() -> dict:
    """All layers the library has, with every option they have, and the names of module trees."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 4, 5, 4, generator=generator)
    inputs = {
        "x": 2 * torch.randn(2, 3, 4, generator=generator),
        "ids": torch.tensor([[0, 4, 2], [2, 1, 0]]),
        "image": image,
        "unbatched": image[0],
        "small": torch.randn(2, 4, 3, 2, generator=generator),
        "wide": torch.linspace(-6, 6, 25),
        "extreme": torch.tensor([[1000.0, 999.0, -1e9], [-50.0, 0.0, 50.0]]),
    }
    cases = [
        ("Linear", [4, 5], "x"),
        ("Linear", [4, 3, {"bias": False}], "x"),
        ("Conv1D", [4, 5], "x"),
        ("Embedding", [5, 4], "ids"),
        ("LayerNorm", [4], "x"),
        ("LayerNorm", [4, {"eps": 0.1, "bias": False}], "x"),
        ("LayerNorm", [[3, 4], {"eps": 1e-3}], "x"),
        ("LayerNorm", [[3, 4], {"elementwiseAffine": False}], "x"),
        ("RMSNorm", [4], "x"),
        ("RMSNorm", [4, {"eps": 0.1}], "x"),
        ("RMSNorm", [[3, 4], {"elementwiseAffine": False}], "x"),
        ("BatchNorm2d", [4], "small"),
        ("BatchNorm2d", [4, {"eps": 0.1, "momentum": None, "affine": False}], "small"),
        ("BatchNorm2d", [4, {"trackRunningStats": False}], "small"),
        ("Conv2d", [4, 2, 3], "image"),
        ("Conv2d", [4, 2, 3], "unbatched"),
        ("Conv2d", [4, 3, 1, {"bias": False}], "small"),
        ("Conv2d", [4, 2, [4, 2], {"stride": [2, 1], "padding": [0, 2]}], "image"),
        ("Conv2d", [4, 2, 3, {"stride": 2, "padding": 1}], "image"),
        ("Conv2d", [4, 2, [4, 3], {"padding": "same"}], "image"),
        ("Conv2d", [4, 2, [2, 3], {"padding": "valid"}], "image"),
        ("Conv2d", [4, 2, [4, 2], {"padding": "same", "dilation": [1, 3]}], "image"),
        ("Conv2d", [4, 2, 2, {"padding": 1, "dilation": 2}], "image"),
        ("Conv2d", [4, 2, 2, {"stride": [2, 3], "padding": 2, "dilation": [2, 3]}], "image"),
        ("Conv2d", [4, 6, 3, {"padding": 1, "groups": 2}], "image"),
        ("Conv2d", [4, 4, 3, {"padding": 1, "groups": 4}], "image"),
        ("Conv2d", [4, 8, [3, 2], {"stride": [2, 1], "dilation": [1, 2], "groups": 4}], "image"),
        ("GELU", [], "wide"),
        ("GELU", [{"approximate": "tanh"}], "wide"),
        ("SiLU", [], "wide"),
        ("ReLU", [], "wide"),
        ("Sigmoid", [], "wide"),
        ("Tanh", [], "wide"),
        ("Softmax", [-1], "x"),
        ("Softmax", [1], "x"),
        ("Softmax", [0], "x"),
        ("Softmax", [1], "extreme"),
        ("Dropout", [0.1], "wide"),
    ]
    differentiated = [
        ("Conv2d", [4, 2, 3, {"stride": 2, "padding": 1, "groups": 2}], "image"),
        ("Conv2d", [4, 2, 2, {"stride": [2, 3], "padding": 2, "dilation": [2, 3]}], "image"),
        ("Conv2d", [4, 4, 2, {"dilation": 2, "groups": 4, "bias": False}], "image"),
        ("BatchNorm2d", [4, {"trackRunningStats": False}], "small"),
    ]
    return {"inputs": [{"name": name, **listed(value)} for name, value in inputs.items()],
            "cases": [layer_case(*case, inputs, generator) for case in cases],
            "activations": [activation_case(name, "wide", inputs) for name in ACTIVATIONS],
            "gradients": [gradient_case(*case, inputs, generator) for case in differentiated],
            "names": [names_case(Tree()), names_case(Plain())]}


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
    write("layers.json", layers())
    write("slices.json", {"cases": [slice_case(*case) for case in CASES],
                          "errors": [error_case(*case) for case in BAD_INDEX + BAD_VALUE]})
