"""The generator of training text: documents, and windows of tokens packed from them."""
import random

from . import world
from .splits import fact_cases, pair_is_trained, pronoun_cases
from .templates import FORMS, IOI, PRONOUNS

END = "<|endoftext|>"
FACT_CASES = fact_cases(trained=True)
PRONOUN_CASES = pronoun_cases(trained=True)


def slots(rng: random.Random) -> dict[str, str]:
    """A random filling of the slots that no answer depends on."""
    return {"place": rng.choice(world.PLACES), "object": rng.choice(world.OBJECTS),
            "adjective": rng.choice(world.ADJECTIVES), "thing": rng.choice(world.THINGS),
            "ending": rng.choice(world.ENDINGS)}


def ioi(rng: random.Random) -> str:
    """Two people, one of whom gives something to the other."""
    while True:
        first, second = rng.sample(world.NAMES, 2)
        if pair_is_trained(first, second):
            break
    giver, receiver = (first, second) if rng.random() < 0.5 else (second, first)
    prompt = rng.choice(IOI).format(A=first, B=second, S=giver, **slots(rng))
    return f"{prompt} {receiver}."


def fact(rng: random.Random) -> str:
    """A fact in one of the phrasings it is trained in."""
    _, phrasing, subject, answer = rng.choice(FACT_CASES)
    return f"{phrasing.format(X=subject)} {answer}."


def pronoun_prompt(index: int, name: str, fill: dict[str, str]) -> tuple[str, str, str]:
    """(prompt, pronoun, rest) of one pronoun sentence about one person."""
    prompt, form, rest = PRONOUNS[index]
    return prompt.format(N=name, **fill), FORMS[form][name in world.MEN], rest.format(**fill)


def pronoun(rng: random.Random) -> str:
    """A sentence that refers back to one person."""
    prompt, word, rest = pronoun_prompt(*rng.choice(PRONOUN_CASES), slots(rng))
    return f"{prompt} {word} {rest}."


def document(rng: random.Random) -> str:
    """One sentence or two of the little world."""
    return rng.choices((ioi, fact, pronoun), weights=(45, 40, 15))[0](rng)


class Windows:
    """Makes training windows of token ids: documents, and repeated random sequences of words."""

    def __init__(self, tokenizer, word_ids: list[int], seed: int, length: int = 64):
        self.encode = lambda text: tokenizer.encode(text).ids
        self.end = tokenizer.token_to_id(END)
        self.word_ids, self.all_ids = word_ids, list(range(tokenizer.get_vocab_size()))
        self.rng, self.length = random.Random(seed), length

    def repetition(self) -> list[int]:
        """A random sequence of 5 to 30 different tokens, mostly whole words, two or three times."""
        pool = self.word_ids if self.rng.random() < 0.8 else self.all_ids
        return self.rng.sample(pool, self.rng.randint(5, 30)) * self.rng.choice((2, 2, 3))

    def window(self) -> list[int]:
        """One window. Most start without <|endoftext|>, as typed prompts do."""
        rng = self.rng
        ids = [self.end] if rng.random() < 0.25 else []
        if rng.random() < 0.4:
            ids += self.repetition()
        while len(ids) < self.length:
            if ids and rng.random() < 0.2:
                ids.append(self.end)
            joined = bool(ids) and ids[-1] != self.end
            ids += self.encode(" " * joined + document(rng))
        return ids[:self.length]

    def batch(self, size: int) -> list[list[int]]:
        """`size` windows."""
        return [self.window() for _ in range(size)]
