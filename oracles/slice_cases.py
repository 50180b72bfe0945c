"""The indexing cases of modules.py: (shape, index, value to assign; 7 if left out).

Three things that NumPy does are left out, because the library does not follow it there: positions out of
bounds where nothing is selected at all (refused), values with leading axes of length 1 assigned to a single
entry or through one mask of the full rank (accepted, as everywhere else), and lists that mix numbers with
True and False (refused).
"""
import math
from random import Random

import numpy as np

CASES = [
    # rank 0 and 1
    ((), "..."),
    ((), "...", 3),
    ((6,), "2"),
    ((6,), "-1"),
    ((6,), ":"),
    ((6,), "..."),
    ((6,), "1:4"),
    ((6,), "1:4", [10, 20, 30]),
    ((6,), "-3:"),
    ((6,), ":-2"),
    ((6,), "::2"),
    ((6,), "1::2", [10, 20, 30]),
    ((6,), "::-1"),
    ((6,), "::-1", [10, 20, 30, 40, 50, 60]),
    ((6,), "4:1:-1"),
    ((6,), "-2:0:-2"),
    ((6,), "4:2"),
    ((6,), "10:20"),
    ((6,), "2:100"),
    ((6,), "-100:2"),
    ((6,), "[0, 2, 5]"),
    ((6,), "[0, 2, 5]", [10, 20, 30]),
    ((6,), "[-1, 0]"),
    ((6,), "[3]"),
    # rank 2
    ((3, 4), "1"),
    ((3, 4), "1", [10, 20, 30, 40]),
    ((3, 4), "1, 2"),
    ((3, 4), "-1, -1"),
    ((3, 4), ":, 1"),
    ((3, 4), ":, 1", [10, 20, 30]),
    ((3, 4), "..., -1"),
    ((3, 4), "0, ..."),
    ((3, 4), "1:, :2", [[10], [20]]),
    ((3, 4), "::2, 1"),
    ((3, 4), "::-1, ::-1"),
    ((3, 4), ":, ::-2"),
    ((3, 4), "[0, 2], :"),
    ((3, 4), "[0, 2], 1", [10, 20]),
    ((3, 4), ":, [3, 0]"),
    ((3, 4), ":, [3, 0]", [10, 20]),
    ((3, 4), "1:1"),
    ((3, 4), ":, 2:2"),
    ((3, 4), "...", [10, 20, 30, 40]),
    ((3, 4), "1:3", [[10], [20]]),
    # rank 3
    ((2, 8, 3), ":, 5:8, 2"),
    ((2, 8, 3), ":, 5:8, 2", [10, 20, 30]),
    ((2, 8, 3), ":, 5:8, 2", [[10], [20]]),
    ((2, 8, 3), "0"),
    ((2, 8, 3), "..., 0"),
    ((2, 8, 3), "1, ..., 1"),
    ((2, 8, 3), ":, -1, :", [10, 20, 30]),
    ((2, 8, 3), ":, [1, 6], :"),
    ((2, 8, 3), ":, [-1, 0, -1]"),
    ((2, 8, 3), "..., [2, 0]", [10, 20]),
    ((2, 8, 3), "1:, ::3, ::-1"),
    ((2, 8, 3), ":, 7:2:-2, :2"),
    ((2, 8, 3), ":, 3, ...", [[10, 20, 30], [40, 50, 60]]),
    # rank 4, such as attention patterns [batch, head, query, key]
    ((2, 3, 4, 4), ":, 1"),
    ((2, 3, 4, 4), ":, 1, -1, :"),
    ((2, 3, 4, 4), ":, [0, 2], -1"),
    ((2, 3, 4, 4), "0, 1, 2, 3"),
    ((2, 3, 4, 4), "..., -1, 1:3", [10, 20]),
    ((2, 3, 4, 4), "1, ..., ::2, 0"),
    ((2, 3, 4, 4), ":, :, 1:, [0]"),
    ((2, 3, 4, 4), "1, 2, ::-1, ::-1"),
    # position arrays of any rank
    ((6,), "[[0, 1], [5, 0]]"),
    ((6,), "[[0, 1], [5, 3]]", [[10, 20], [30, 40]]),
    ((6,), "[[0, 1], [5, 3]]", [10, 20]),
    ((6,), "[[0, 1], [0, 3]]", [[10, 20], [30, 40]]),
    ((6,), "[2, 2, 2]", [10, 20, 30]),
    ((6,), "[-1, 5]", [10, 20]),
    ((6,), "[[[3]]]"),
    ((6,), "[]"),
    ((6,), "[[], []]"),
    ((3, 4), "[]"),
    ((3, 4), "[], 1"),
    ((3, 4), "[[0, 1], [2, 0]]"),
    ((3, 4), "[[0, 1], [2, 0]], :", [10, 20, 30, 40]),
    ((3, 4), ":, [[0, 1], [2, 0]]"),
    ((3, 4), "[0, 1, 2], [3, 2, 1]", [10, 20, 30]),
    ((3, 4), "[[0], [2]], [1, 3]"),
    ((3, 4), "[[0], [2]], [1, 3]", [[10, 20], [30, 40]]),
    ((3, 4), "[[0], [2]], [1, 3]", [[10], [20]]),
    ((3, 4), "[1, 1, 0], [2, 2, 2]", [10, 20, 30]),
    ((3, 4), "1, [0, 2]", [10, 20]),
    ((3, 4), "[1], [[0], [3]]"),
    ((2, 8, 3), ":, [1, 6], [0, 2]"),
    ((2, 8, 3), "[0, 1], :, [0, 2]"),
    ((2, 8, 3), "[0, 1], :, [0, 2]", [[10], [20]]),
    ((2, 8, 3), "[0, 1], ..., [0, 2]"),
    ((2, 8, 3), ":, [1, 6], ..., [0, 2]"),
    ((2, 8, 3), "0, :, [0, 2]", [10, 20, 30, 40, 50, 60, 70, 80]),
    ((2, 8, 3), "[1], ::3, 0"),
    ((2, 3, 4, 4), "0, :, [1, 2], :"),
    ((2, 3, 4, 4), ":, 0, [1, 2], :"),
    ((2, 3, 4, 4), ":, 0, :, [1, 2]"),
    ((2, 3, 4, 4), ":, [[0], [2]], [1, 3], ::-1"),
    ((2, 3, 4, 4), "1, [[0], [2]], 1:3, [1, 3]"),
    # masks of one axis and of several
    ((6,), "[True, False, True, False, False, True]"),
    ((6,), "[True, False, True, False, False, True]", [10, 20, 30]),
    ((6,), "[False, False, False, False, False, False]"),
    ((6,), "[False, False, False, False, False, False]", 5),
    ((3, 4), "[True, False, True]"),
    ((3, 4), "[True, False, True]", [[10], [20]]),
    ((3, 4), ":, [True, False, True, True]", [10, 20, 30]),
    ((3, 4), "..., [True, False, True, True]"),
    ((3, 4), "[True, False, True], 1:3"),
    ((3, 4), "[True, False, True], 1", [10, 20]),
    ((3, 4), "[True, False, True], [3, 0]", [10, 20]),
    ((3, 4), "[True, False, True], [True, False, False, True]"),
    ((3, 4), "[True, True, True], [False, False, True, False]"),
    ((3, 4), "[[True, False, False, True], [False, True, False, False], [False, False, False, True]]"),
    ((3, 4), "[[True, False, False, True], [False, True, False, False], [False, False, False, True]]",
     [10, 20, 30, 40]),
    ((2, 8, 3), "[True, False], :, [False, True, True]"),
    ((2, 3, 4), "[[True, False, True], [False, True, False]]"),
    ((2, 3, 4), "[[True, False, True], [False, True, False]], 1", [10, 20, 30]),
    ((2, 3, 4), "[[True, False, True], [False, True, False]], [1, 2, 0]"),
    ((2, 2, 2, 3), "[1], [[True, False], [False, True]]"),
    ((2, 2, 2, 3), "1, ..., [[True, False, False], [False, True, True]]"),
    ((2, 2, 2, 3), ":, [[True, False], [False, True]]", [[10], [20]]),
    ((2, 2, 2, 3), "[[1], [0]], :, [[True, False, False], [False, True, True]]"),
    # axes without entries
    ((0,), ":"),
    ((0,), "[]"),
    ((0, 3), ":, 1"),
    ((0, 3), ":, [0, 0]"),
    ((3, 0), "1"),
    ((3, 0), "[0, 2], :"),
    ((3, 0), "[True, False, True]"),
    ((2, 0), "[[], []]"),
]

BAD_INDEX = [
    ((6,), "6"),
    ((6,), "-7"),
    ((3, 4), "0, 4"),
    ((3, 4), "3"),
    ((3, 4), "[0, 3], :"),
    ((3, 4), ":, [-5]"),
    ((), "0"),
    ((6,), "0, 0"),
    ((3, 4), "0, 0, 0"),
    ((3, 4), "..., 0, 0, 0"),
    ((3, 4), "..., ..."),
    ((6,), "::0"),
    ((6,), "[[0, 1], [6, 0]]"),
    ((6,), "[[0, 1], [2]]"),
    ((6,), "[0, [1]]"),
    ((6,), "[0.5]"),
    ((6,), "[[0, 1], [2, 0]], 0"),
    ((3, 4), "[0, 1], [0, 1, 2]"),
    ((3, 4), "[[0, 1]], [[0, 1, 2]]"),
    ((3, 4), "[[0], [1], [2]], [[0], [1]]"),
    ((3, 4), ":, [[0, 4]]"),
    ((3, 0), "[3]"),
    ((0, 3), ":, [3]"),
    ((0,), "0"),
    ((3, 4), "[True, False]"),
    ((3, 4), "[True, False, True, False]"),
    ((3, 4), ":, [True, False, True]"),
    ((3, 4), "[[True, False, True], [False, True, False]]"),
    ((3, 4), "[True, False, True], [0, 1, 2]"),
    ((3, 4), "[True, True, True], [True, True, False, False]"),
    ((3, 4), "[[True, False, False, True], [False, True, False, False], [False, False, False, True]], 0"),
    ((6,), "[[True, False, True, False, False, True]]"),
]

BAD_VALUE = [
    ((6,), "1:4", [10, 20]),
    ((6,), "2", [10, 20]),
    ((3, 4), ":", [10, 20, 30]),
    ((3, 4), ":, 1", [10, 20, 30, 40]),
    ((3, 4), "0", [[10, 20, 30, 40], [50, 60, 70, 80]]),
    ((6,), "[[0, 1], [2, 3]]", [10, 20, 30]),
    ((6,), "[[0, 1], [2, 3]]", [[[10, 20], [30, 40]], [[10, 20], [30, 40]]]),
    ((3, 4), "[[0], [2]], [1, 3]", [[10, 20, 30]]),
    ((3, 4), "[True, False, True]", [10, 20]),
    ((6,), "[True, False, True, False, False, True]", [10, 20]),
    ((6,), "[False, False, False, False, False, False]", [10, 20]),
    ((6,), "[]", [10, 20]),
]


class RandomCases:
    """Indices of every kind, mixed at random. The numbers are small, so that repeats and clashes happen."""

    def __init__(self, seed: int):
        self.random = Random(seed)

    def nested(self, shape, entry):
        """Nested lists of a shape, each entry made anew."""
        return [self.nested(shape[1:], entry) for _ in range(shape[0])] if shape else entry()

    def range(self) -> str:
        bound = lambda: self.random.choice(["", self.random.randint(-5, 5)])
        return f"{bound()}:{bound()}" + self.random.choice(["", "", ":2", ":-1", ":-2", ":3"])

    def mask(self, shape, count: int) -> list:
        """A mask with so many true entries, or all of them where there are fewer."""
        size = math.prod(shape)
        entries = [True] * min(count, size) + [False] * (size - min(count, size))
        self.random.shuffle(entries)
        entries = iter(entries)
        return self.nested(shape, lambda: next(entries))

    def item(self, sizes, joint) -> tuple[str, int]:
        """An item for the axes that are left, and how many of them it takes. `joint` is what arrays broadcast to."""
        kind = self.random.choice(["position", "range", "range", "positions", "positions", "mask"])
        if kind == "range":
            return self.range(), 1
        if kind == "position":
            return str(self.random.randrange(-sizes[0], sizes[0])), 1
        if kind == "mask":
            width = self.random.randint(1, min(2, len(sizes)))
            return str(self.mask(sizes[:width], joint[-1])), width
        shape = [self.random.choice([1, size, size]) for size in joint][self.random.randrange(len(joint)):]
        return str(self.nested(shape, lambda: self.random.randrange(-sizes[0], sizes[0]))), 1

    def index(self, shape) -> str:
        joint = [self.random.randint(1, 3) for _ in range(self.random.randint(1, 2))]
        items, axis = [], 0
        while axis < len(shape) and self.random.random() < 0.85:
            text, width = self.item(shape[axis:], joint)
            items.append(text)
            axis += width
        if self.random.random() < 0.3 and axis == len(shape):
            items.insert(self.random.randint(0, len(items)), "...")
        return ", ".join(items) or "..."

    def case(self):
        """A shape, an index that NumPy reads on it, and a value that broadcasts to what that selects."""
        shape = tuple(self.random.choice([1, 2, 2, 3, 3, 4]) for _ in range(self.random.choice([1, 2, 3, 3, 4, 5])))
        index = self.index(shape)
        try:
            selected = np.empty(shape)[eval(f"np.s_[{index}]")].shape
        except IndexError:
            return self.case()
        if math.prod(shape) > 120 or math.prod(selected) > 60:
            return self.case()
        kept = selected[self.random.randint(0, len(selected)):]
        number = iter(range(1000, 2000))
        value = self.nested([self.random.choice([1, size or 1, size or 1]) for size in kept], lambda: next(number))
        return shape, index, value


RANDOM = RandomCases(seed=0)
CASES += [RANDOM.case() for _ in range(150)]
