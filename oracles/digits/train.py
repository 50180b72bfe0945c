"""Train the digit classifier from scratch and leave its weights in oracles/runs/.

Usage: python -m digits.train [--validate]

With --validate it learns from the training part alone and is measured on the validation part, which is how the
settings below were chosen. Without, it learns from both and leaves its weights; the test part is not touched here.
"""
import argparse
import json
import time
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

from .data import disturbed, splits

RUNS = Path(__file__).resolve().parent.parent / "runs"
SEED, EPOCHS, BATCH, PEAK_RATE, WEIGHT_DECAY, SMOOTHING = 0, 300, 64, 4e-3, 1e-2, 0.02
EDGES, SHAPES, HIDDEN, CLASSES = 4, 12, 24, 10


def new_model() -> nn.Sequential:
    """Two convolutions that keep the 8 × 8, a pooling to 4 × 4, two dense layers; the names of the layers ship."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, EDGES, 3, padding=1), relu1=nn.ReLU(),
        conv2=nn.Conv2d(EDGES, SHAPES, 3, padding=1), relu2=nn.ReLU(),
        pool=nn.MaxPool2d(2), flatten=nn.Flatten(),
        dense1=nn.Linear(SHAPES * 4 * 4, HIDDEN), relu3=nn.ReLU(),
        logits=nn.Linear(HIDDEN, CLASSES)))


def accuracy(model: nn.Module, pictures: torch.Tensor, classes: torch.Tensor) -> float:
    """The share of pictures whose most probable class is theirs."""
    with torch.no_grad():
        return (model(pictures).argmax(1) == classes).float().mean().item()


def train(parts: list[str]) -> tuple[nn.Sequential, float]:
    """A model that has learned from the given parts of the data, and its last loss."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    data = splits()
    pictures = torch.cat([data[part][0] for part in parts])
    classes = torch.cat([data[part][1] for part in parts])
    model = new_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
    steps = EPOCHS * (len(pictures) // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    criterion = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    for _ in range(EPOCHS):
        order = torch.randperm(len(pictures), generator=generator)
        losses = []
        for start in range(0, len(pictures) - BATCH + 1, BATCH):
            chosen = order[start:start + BATCH]
            loss = criterion(model(disturbed(pictures[chosen], generator)), classes[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
            losses.append(loss.item())
    return model.eval(), sum(losses) / len(losses)


def main(validate: bool) -> None:
    start = time.time()
    parts = ["train"] if validate else ["train", "validation"]
    model, loss = train(parts)
    seconds = round(time.time() - start)
    print(f"{seconds} s  loss {loss:.4f}")
    if validate:
        print(f"validation accuracy {accuracy(model, *splits()['validation']):.4f}")
        return
    RUNS.mkdir(exist_ok=True)
    torch.save(model.state_dict(), RUNS / "digits.pt")
    (RUNS / "digits.json").write_text(json.dumps({"seconds": seconds, "loss": loss}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validate", action="store_true")
    main(**vars(parser.parse_args()))
