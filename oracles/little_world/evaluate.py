"""Measure a little-world model on what training never showed it.

A prompt counts as right when the most likely token of the whole vocabulary is the answer. Prompts
start at position 0, as typed: without <|endoftext|>.
"""
import random
from collections import defaultdict

import torch

from .corpus import pronoun_prompt, slots
from .splits import HELD_OUT_PAIRS, ONE_ORDER_PAIRS, fact_cases, pronoun_cases
from .templates import FACTS, IOI, IOI_UNSEEN

Prompts = list[tuple[str, str]]  # (prompt, answer, which starts with its space)


def ioi_prompts(pairs, templates: list[str], both_orders: bool = True) -> Prompts:
    """Every pair in every template with either person acting; one random filling of each."""
    rng, prompts = random.Random(1), []
    for alphabetical in sorted(pairs):
        reverse = alphabetical[::-1]
        for first, second in [alphabetical, reverse] if both_orders else [reverse]:
            for template in templates:
                for giver, receiver in ((first, second), (second, first)):
                    prompt = template.format(A=first, B=second, S=giver, **slots(rng))
                    prompts.append((prompt, f" {receiver}"))
    return prompts


def fact_prompts(relation: str) -> Prompts:
    """The facts of one relation in the phrasings they were not trained in."""
    return [(phrasing.format(X=subject), f" {answer}")
            for each, phrasing, subject, answer in fact_cases(trained=False) if each == relation]


def pronoun_prompts() -> Prompts:
    """Held-out combinations of pronoun sentence and name, ten fillings of each."""
    rng, prompts = random.Random(1), []
    for index, name in pronoun_cases(trained=False) * 10:
        prompt, answer, _ = pronoun_prompt(index, name, slots(rng))
        prompts.append((prompt, f" {answer}"))
    return prompts


@torch.no_grad()
def prompt_accuracy(model, tokenizer, prompts: Prompts) -> float:
    """The fraction of prompts whose most likely next token is the answer."""
    by_length = defaultdict(list)
    for prompt, answer in prompts:
        (answer_id,) = tokenizer.encode(answer).ids
        ids = tokenizer.encode(prompt).ids
        by_length[len(ids)].append(ids + [answer_id])
    right = 0
    for rows in by_length.values():
        for part in torch.tensor(rows).split(512):
            right += (model(part[:, :-1]).logits[:, -1].argmax(-1) == part[:, -1]).sum().item()
    return right / len(prompts)


@torch.no_grad()
def repetition_accuracy(model, pool: list[int], sequences_per_length: int) -> float:
    """Next-token accuracy inside the second half of sequences of 8 to 30 tokens, written twice.

    The first token of the second half cannot be foreseen; it is not counted.
    """
    rng, right, total = random.Random(1), 0, 0
    for length in range(8, 31):
        ids = torch.tensor([rng.sample(pool, length) * 2 for _ in range(sequences_per_length)])
        hits = model(ids).logits[:, length:-1].argmax(-1) == ids[:, length + 1:]
        right, total = right + hits.sum().item(), total + hits.numel()
    return right / total


def evaluate(model, tokenizer, word_ids: list[int]) -> dict[str, tuple[float, int]]:
    """Figure: (accuracy, number of prompts or sequences behind it)."""
    prompt_sets = {
        "IOI, pairs of names never seen together": ioi_prompts(HELD_OUT_PAIRS, IOI),
        "IOI, order of names never seen": ioi_prompts(ONE_ORDER_PAIRS, IOI, both_orders=False),
        "IOI, unseen sentences and pairs": ioi_prompts(HELD_OUT_PAIRS, IOI_UNSEEN),
    }
    prompt_sets |= {f"facts, {relation}, unseen phrasings": fact_prompts(relation) for relation in FACTS}
    prompt_sets["facts, all, unseen phrasings"] = [
        prompt for relation in FACTS for prompt in fact_prompts(relation)]
    prompt_sets["pronouns, unseen name and sentence"] = pronoun_prompts()
    figures = {name: (prompt_accuracy(model, tokenizer, prompts), len(prompts))
               for name, prompts in prompt_sets.items()}
    sequences, all_ids = 40, list(range(tokenizer.get_vocab_size()))
    for name, pool in {"words": word_ids, "any tokens": all_ids}.items():
        figures[f"repeated random sequences of {name}, second half"] = (
            repetition_accuracy(model, pool, sequences), 23 * sequences)
    return figures
