"""The model card of the digit classifier, filled in from what was measured."""
import numpy as np
from torch import nn

from .data import splits
from .train import BATCH, EDGES, EPOCHS, HIDDEN, PEAK_RATE, SEED, SHAPES, SMOOTHING, WEIGHT_DECAY

TEXT = """---
license: mit
library_name: tfjs
pipeline_tag: image-classification
---

# digits

A small convolutional network of {parameters:,} parameters ({kilobytes:.0f} kB) that tells which digit an 8 × 8 picture
shows. It is small enough for every unit to be looked at in a browser, and has so few that many of them matter: with
one of the channels after the first ReLU set to zero, {changes} of the answers on the test part
change.

| layer | what it does | output, without the batch |
| --- | --- | --- |
| `conv1`, `relu1` | convolution 3 × 3, ReLU | 8 × 8 × {edges} |
| `conv2`, `relu2` | convolution 3 × 3, ReLU | 8 × 8 × {shapes} |
| `pool`, `flatten` | largest of 2 × 2 | 4 × 4 × {shapes} |
| `dense1`, `relu3` | dense, ReLU | {hidden} |
| `logits` | dense | 10 |

A LayersModel of TensorFlow.js: `model.json` with the layers, `weights.bin` with float32 weights. The input is
`[batch, 8, 8, 1]` between 0 (paper) and 1 (ink); the output are logits of the ten classes. `userDefinedMetadata.patchbay`
in `model.json` says so in a form that Patchbay reads.

## Data

"Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (UCI Machine Learning Repository, 1998,
<https://doi.org/10.24432/C50P49>, licence CC BY 4.0), of which scikit-learn ships the part of {all:,} pictures by 13
writers. Each picture was a bitmap of 32 × 32, centred and scaled to its height, of which the black pixels in blocks
of 4 × 4 were counted: 0 to 16.

Split at random with equal shares of the classes, seed 0: {train:,} pictures for training, {validation} for choosing the
settings, {test} for testing. The shipped weights learned from the first two. The parts share their writers, so that the
figures below say little about other hands. `samples.json` holds the first picture of each class in the test part.

## Training

{epochs} epochs of batches of {batch}, AdamW, peak learning rate {rate}, one cycle, weight decay {decay}, label
smoothing {smoothing}, seed {seed}; {seconds} seconds on one CPU thread; last loss {loss:.3f}. Pictures are turned,
sheared, scaled and shifted a little and their strokes made thinner or thicker, each time anew, for the sake of
pictures drawn by mouse. Other processors and versions of PyTorch round differently; the weights come out close to
these, not equal.

## Figures

Measured on the test part, on which no choice was made: **{right} of {test} right, {accuracy:.2f} %**.

| digit | right | pictures | taken for |
| ---: | ---: | ---: | --- |
{rows}

## Use and limits

Made for trying out and teaching activation patching, ablation and probing, and as a test model. It answers every
picture with a digit, also one that shows none.
"""


def card(confusion: np.ndarray, changed: list[float], record: dict, model: nn.Module, size: int) -> str:
    """The card as Markdown.

    `confusion` counts pictures by class and answer; `changed` are the shares of answers that change without each of
    the first channels.
    """
    def mistakes(digit: int) -> str:
        others = [(answer, count) for answer, count in enumerate(confusion[digit]) if count and answer != digit]
        return ", ".join(f"{answer} ({count} ×)" for answer, count in others) or "–"

    rows = "\n".join(f"| {digit} | {confusion[digit, digit]} | {confusion[digit].sum()} | {mistakes(digit)} |"
                     for digit in range(10))
    counts = {name: len(classes) for name, (_, classes) in splits().items()}
    return TEXT.format(
        **record, **counts, all=sum(counts.values()), rows=rows, parameters=sum(p.numel() for p in model.parameters()),
        kilobytes=size / 1000, right=np.trace(confusion), accuracy=100 * np.trace(confusion) / confusion.sum(),
        epochs=EPOCHS, batch=BATCH, rate=PEAK_RATE, decay=WEIGHT_DECAY, smoothing=SMOOTHING, seed=SEED, edges=EDGES,
        shapes=SHAPES, hidden=HIDDEN, changes=", ".join(f"{100 * share:.0f} %" for share in changed))
