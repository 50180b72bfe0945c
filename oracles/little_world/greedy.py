"""Write what the shipped model says to a few prompts: packages/core/test/golden/little-world.json.

The float16 weights are read into float32 and computed with in float32.
Usage: python -m little_world.greedy
"""
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from .export import FOLDER

GOLDEN = Path(__file__).resolve().parents[2] / "packages/core/test/golden/little-world.json"
NEW_TOKENS = 20
PROMPTS = [
    "When Mary and John went to the store, John gave a drink to",
    "After Peter and Emma found a letter at the station, Peter gave it to",
    "The Eiffel Tower is in the city of",
    "The capital of France is",
    "Lucy tree horse Rome red ticket seven Lucy tree horse Rome red",
    "Mary was tired, so",
    "One day",
    "Zoë naïve 日本 123",
]


@torch.no_grad()
def case(model, tokenizer: Tokenizer, prompt: str) -> dict:
    """Token ids, the five most likely next tokens and the greedy continuation of one prompt."""
    ids = tokenizer.encode(prompt).ids
    top = model(torch.tensor([ids])).logits[0, -1].softmax(-1).topk(5)
    longer = list(ids)
    for _ in range(NEW_TOKENS):
        longer.append(model(torch.tensor([longer])).logits[0, -1].argmax().item())
    new = longer[len(ids):]
    return {"prompt": prompt, "inputIds": ids, "topTokenIds": top.indices.tolist(),
            "topProbs": [float(f"{p:.9g}") for p in top.values.tolist()],
            "greedy": new, "text": tokenizer.decode(new, skip_special_tokens=False)}


if __name__ == "__main__":
    little_world = GPT2LMHeadModel.from_pretrained(FOLDER, dtype=torch.float32).eval()
    its_tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    cases = [case(little_world, its_tokenizer, prompt) for prompt in PROMPTS]
    for each in cases:
        print(each["prompt"], "→", each["text"])
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in cases)
    GOLDEN.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
