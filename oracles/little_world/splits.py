"""What training never shows, so that the evaluation measures more than recall.

  - a tenth of the pairs of names (Mary and John among them) never meet in one story;
  - another tenth is only ever written in alphabetical order;
  - each fact has two phrasings, of the eight of its relation, in which it is never told;
  - each pronoun sentence is never written about a tenth of the names.
"""
import random
from itertools import combinations

from .templates import FACTS as PHRASINGS
from .templates import PRONOUNS
from .world import FACTS, NAMES

_pairs = [tuple(sorted(pair)) for pair in combinations(NAMES, 2)]
random.Random(0).shuffle(_pairs)
_pairs.sort(key=lambda pair: pair != ("John", "Mary"))
_tenth = len(_pairs) // 10

HELD_OUT_PAIRS = frozenset(_pairs[:_tenth])
ONE_ORDER_PAIRS = frozenset(_pairs[_tenth:2 * _tenth])


def pair_is_trained(first: str, second: str) -> bool:
    """Whether training may introduce these two people, in this order."""
    pair = tuple(sorted((first, second)))
    return pair not in HELD_OUT_PAIRS and (pair not in ONE_ORDER_PAIRS or first < second)


def fact_cases(trained: bool) -> list[tuple[str, str, str, str]]:
    """(relation, phrasing, subject, answer) of all trained, or all held-out, ways to tell a fact."""
    cases = []
    for relation, facts in FACTS.items():
        phrasings = PHRASINGS[relation]
        for i, (subject, answer) in enumerate(facts.items()):
            cases += [(relation, phrasing, subject, answer) for j, phrasing in enumerate(phrasings)
                      if ((j - i) % 4 != 0) == trained]
    return cases


def pronoun_cases(trained: bool) -> list[tuple[int, str]]:
    """(index of the pronoun sentence, name) of all trained, or all held-out, combinations."""
    return [(i, name) for i in range(len(PRONOUNS)) for j, name in enumerate(NAMES)
            if ((i + j) % 10 != 0) == trained]
