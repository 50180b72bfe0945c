"""Measure the trained classifier on the test part and write its folder, its samples and the golden values.

Usage: python -m digits.export
"""
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .card import card
from .data import LARGEST_COUNT, splits
from .layers import CHANNELS, SIDE, topology, weights
from .train import EDGES, RUNS, new_model

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "public/models/digits"
GOLDEN = ROOT / "packages/core/test/golden/digits.json"
WEIGHTS = "weights.bin"
GOLDEN_PICTURES = 16
CLASSES = [str(digit) for digit in range(10)]


def write_model(model: nn.Sequential) -> None:
    """model.json and the weights beside it."""
    arrays = weights(model)
    (FOLDER / WEIGHTS).write_bytes(b"".join(array.astype("<f4").tobytes() for array in arrays.values()))
    entries = [{"name": name, "shape": list(array.shape), "dtype": "float32"} for name, array in arrays.items()]
    description = {
        "format": "layers-model",
        "generatedBy": "oracles/digits/export.py",
        "convertedBy": None,
        "modelTopology": {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": topology(model)},
        "weightsManifest": [{"paths": [WEIGHTS], "weights": entries}],
        "userDefinedMetadata": {"patchbay": {
            "task": "image-classification",
            "classes": CLASSES,
            "image": {"width": SIDE, "height": SIDE, "channels": CHANNELS, "range": [0, 1]},
        }},
    }
    (FOLDER / "model.json").write_text(json.dumps(description, indent=1) + "\n")


def counts(picture: torch.Tensor) -> list[int]:
    """The pixels of a picture as the data has them."""
    return (picture * LARGEST_COUNT).round().int().flatten().tolist()


def write_samples(pictures: torch.Tensor, classes: torch.Tensor) -> None:
    """The first picture of each class in the test part, for trying out."""
    samples = [{"label": CLASSES[digit], "pixels": counts(pictures[classes == digit][0])} for digit in range(10)]
    rows = ",\n".join(f"  {json.dumps(sample)}" for sample in samples)
    head = f'"width": {SIDE}, "height": {SIDE}, "channels": {CHANNELS}, "largest": {LARGEST_COUNT}'
    (FOLDER / "samples.json").write_text(f'{{{head}, "samples": [\n{rows}\n]}}\n')


def without_channel(model: nn.Sequential, pictures: torch.Tensor, channel: int) -> torch.Tensor:
    """The logits if one channel after the first ReLU were zero."""
    def zero(_module, _inputs, output):
        output = output.clone()
        output[:, channel] = 0
        return output

    handle = model.relu1.register_forward_hook(zero)
    logits = model(pictures)
    handle.remove()
    return logits


def rounded(logits: torch.Tensor) -> list[list[float]]:
    """Logits with the digits that a float32 has."""
    return [[float(f"{value:.8g}") for value in row] for row in logits.tolist()]


def write_golden(model: nn.Sequential, pictures: torch.Tensor, classes: torch.Tensor) -> None:
    """What PyTorch computes for a few pictures, also with a channel set to zero."""
    chosen, channel = pictures[:GOLDEN_PICTURES], 3
    golden = {"pixels": [counts(picture) for picture in chosen], "classes": classes[:GOLDEN_PICTURES].tolist(),
              "logits": rounded(model(chosen)), "channel": channel,
              "withoutChannel": rounded(without_channel(model, chosen, channel))}
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in golden.items())
    GOLDEN.write_text(f"{{\n{rows}\n}}\n")


@torch.no_grad()
def export() -> None:
    """All files of the model, and its figures on the test part."""
    torch.set_num_threads(1)
    model = new_model().eval()
    model.load_state_dict(torch.load(RUNS / "digits.pt"))
    record = json.loads((RUNS / "digits.json").read_text())
    pictures, classes = splits()["test"]
    answers = model(pictures).argmax(1)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (classes.numpy(), answers.numpy()), 1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_model(model)
    write_samples(pictures, classes)
    write_golden(model, pictures, classes)
    size = (FOLDER / WEIGHTS).stat().st_size + (FOLDER / "model.json").stat().st_size
    changed = [(without_channel(model, pictures, channel).argmax(1) != answers).float().mean().item()
               for channel in range(EDGES)]
    (FOLDER / "README.md").write_text(card(confusion, changed, record, model, size))
    print(f"test accuracy {np.trace(confusion) / confusion.sum():.4f} of {confusion.sum()}")


if __name__ == "__main__":
    export()
