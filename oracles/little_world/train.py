"""Train the little-world model from scratch and leave its weights in oracles/runs/.

Usage: python -m little_world.train [--steps N] [--seed N]
"""
import argparse
import json
import math
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel

from .corpus import END, Windows
from .evaluate import evaluate
from .tokenizer import build

RUNS = Path(__file__).resolve().parent.parent / "runs"
BATCH, LENGTH, THREADS = 32, 64, 1
PEAK_RATE, WARMUP, WEIGHT_DECAY, CLIP = 2e-3, 200, 0.1, 1.0
REPORT_EVERY = 250  # steps


def new_model(tokenizer) -> GPT2LMHeadModel:
    """An untrained GPT-2 of 4 layers, 128 wide, 4 heads."""
    end = tokenizer.token_to_id(END)
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_positions=LENGTH, n_embd=128, n_layer=4, n_head=4,
        activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        bos_token_id=end, eos_token_id=end))


def optimizer_of(model) -> torch.optim.AdamW:
    """AdamW; matrices decay, biases and norm weights do not."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": WEIGHT_DECAY},
                              {"params": vectors, "weight_decay": 0.0}],
                             lr=PEAK_RATE, betas=(0.9, 0.98), fused=True)


def rate(step: int, steps: int) -> float:
    """Fraction of the peak learning rate: linear warm-up, then a cosine down to 2 %."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (steps - WARMUP)))


def save(model, step: int, seconds: float, loss: float, arguments: dict) -> None:
    """Leave the weights and the record of the run in RUNS."""
    RUNS.mkdir(exist_ok=True)
    torch.save(model.state_dict(), RUNS / "weights.pt")
    record = {"step": step, "seconds": round(seconds), "loss": loss, "batch": BATCH,
              "window": LENGTH, "threads": THREADS, **arguments}
    (RUNS / "record.json").write_text(json.dumps(record))


def train(steps: int, seed: int) -> None:
    """Train, printing the loss and the figures now and then."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    tokenizer, word_ids = build()
    model, windows = new_model(tokenizer), Windows(tokenizer, word_ids, seed, LENGTH)
    optimizer, start, losses = optimizer_of(model), time.time(), []
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * rate(step, steps)
        ids = torch.tensor(windows.batch(BATCH))
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(ids, use_cache=False).logits[:, :-1]
        loss = cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(loss.item())
        if step % REPORT_EVERY == 0 or step == steps:
            mean, seconds = sum(losses[-50:]) / len(losses[-50:]), time.time() - start
            save(model, step, seconds, mean, {"steps": steps, "seed": seed})
            print(f"step {step}  {seconds:.0f} s  loss {mean:.3f}", flush=True)
        if step % (4 * REPORT_EVERY) == 0:
            for name, (accuracy, _) in evaluate(model, tokenizer, word_ids).items():
                print(f"  {accuracy:.4f}  {name}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=7500)
    parser.add_argument("--seed", type=int, default=1)
    train(**vars(parser.parse_args()))
