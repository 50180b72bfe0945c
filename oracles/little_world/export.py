"""Round the trained weights to float16, measure them and write the Hugging Face folder with its card.

Usage: python -m little_world.export
"""
import json
import os
import tempfile
from pathlib import Path

import torch

from .card import card
from .corpus import END
from .evaluate import evaluate
from .tokenizer import build
from .train import LENGTH, RUNS, THREADS, new_model

FOLDER = Path(__file__).resolve().parents[2] / "public/models/little-world"


def tokenizer_config() -> dict:
    """What `transformers` needs beside tokenizer.json."""
    return {"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": False,
            "bos_token": END, "eos_token": END, "unk_token": END,
            "clean_up_tokenization_spaces": False, "model_max_length": LENGTH}


def write(folder: Path, model, tokenizer, record: dict) -> None:
    """Write weights, tokenizer and card; the card's figures are those of the rounded weights."""
    model.half().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config(), indent=2) + "\n")
    _, word_ids = build()
    figures = evaluate(model.float(), tokenizer, word_ids)
    (folder / "README.md").write_text(card(figures, record, model.num_parameters(), tokenizer))
    for name, (accuracy, count) in figures.items():
        print(f"{accuracy:.4f}  {count:6d}  {name}")


def export() -> None:
    """Write beside the folder first, then move each file into place in one step."""
    torch.set_num_threads(THREADS)
    tokenizer, _ = build()
    model = new_model(tokenizer).eval()
    model.load_state_dict(torch.load(RUNS / "weights.pt"))
    record = json.loads((RUNS / "record.json").read_text())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as draft:
        write(Path(draft), model, tokenizer, record)
        for file in Path(draft).iterdir():
            file.chmod(0o644)
            os.replace(file, FOLDER / file.name)


if __name__ == "__main__":
    export()
