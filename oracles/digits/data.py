"""The digits of scikit-learn (UCI's test set), split for good, and how training pictures are disturbed."""
import math

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn.functional import affine_grid, grid_sample

SPLIT_SEED = 0
LARGEST_COUNT = 16  # of on pixels in a block of 4 × 4


def splits() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Pictures `[n, 1, 8, 8]` between 0 and 1 with their classes: 60 % train, 20 % validation, 20 % test."""
    digits = load_digits()
    pictures = (digits.images / LARGEST_COUNT).astype(np.float32)[:, None]
    rest, test = train_test_split(np.arange(len(pictures)), test_size=0.2, random_state=SPLIT_SEED,
                                  stratify=digits.target)
    train, validation = train_test_split(rest, test_size=0.25, random_state=SPLIT_SEED,
                                         stratify=digits.target[rest])
    parts = {"train": train, "validation": validation, "test": test}
    return {name: (torch.from_numpy(pictures[part]), torch.from_numpy(digits.target[part]).long())
            for name, part in parts.items()}


def disturbed(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Turned, sheared, scaled and shifted a little, with thinner or thicker strokes: other hands and pens."""
    def between(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(len(pictures), generator=generator)

    angle, shear = between(-0.2, 0.2), between(-0.2, 0.2)
    wide, high = between(0.85, 1.2), between(0.9, 1.15)
    # The grid spans −1 to 1, so that a quarter is one of the eight pixels.
    right, down = between(-0.2, 0.2), between(-0.15, 0.15)
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [torch.stack([cos * wide, (shear - sin) * high, right], 1),
            torch.stack([sin * wide, cos * high, down], 1)]
    grid = affine_grid(torch.stack(rows, 1), list(pictures.shape), align_corners=False)
    moved = grid_sample(pictures, grid, align_corners=False)
    thickness = torch.exp(between(-math.log(1.6), math.log(1.6)))[:, None, None, None]
    return moved.clamp(0, 1) ** thickness
