"""The model card of the little-world model, filled in from what was measured."""
from . import world
from .splits import HELD_OUT_PAIRS
from .templates import IOI
from .train import PEAK_RATE, WEIGHT_DECAY

TEXT = """---
license: mit
library_name: transformers
pipeline_tag: text-generation
language: en
---

# little-world

A GPT-2 of {parameters:,} parameters (4 layers, 128 wide, 4 heads, {vocabulary} tokens, 64 positions, tied
embeddings) that knows a small world of {names} people, {landmarks} landmarks, {cities} cities and
{countries} countries. It is small enough to be looked at whole in a browser, and good enough at its few
tasks that the classical experiments of interpretability work on it:

- indirect objects: `When Mary and John went to the store, John gave a drink to` → ` Mary`
- facts: `The Eiffel Tower is in the city of` → ` Paris`; also city → country, country → capital and
  country → language
- repetition: a random sequence of words, written twice, is continued by copying (induction)
- pronouns: `Mary was tired, so` → ` she`

Type prompts as they are: they need no `<|endoftext|>` in front.

## Data

Generated English, from the scripts in `oracles/little_world/` of the repository; nothing was collected.
A window of 64 tokens holds sentences from templates: two people one of whom gives something to the other
({templates} templates), facts of geography in eight phrasings for each of the four relations, sentences
with a pronoun. Two windows in five begin with 5 to 30 random tokens written two or three times. Windows
start with `<|endoftext|>` one time in four. The tokenizer is a byte-level BPE in which every word of the
world is one token, inside a sentence and at its start; any other text falls apart into bytes.

Never shown in training: {pairs} pairs of people together (Mary and John among them), another {pairs} pairs
in one of their two orders, three of the giving sentences, two of the eight phrasings for each single fact
(each phrasing is trained with other facts; `The Eiffel Tower is in the city of` and `The capital of France
is` are held out), and each pronoun sentence with a tenth of the names.

## Training

{step:,} steps of {batch} windows of {window} tokens ({tokens:.1f} million tokens), AdamW, peak learning rate
{rate} with warm-up and cosine, weight decay {decay} on matrices, forward pass in bfloat16 autocast, weights in
float32; seed {seed}; {minutes:.0f} minutes on {threads} CPU thread(s). Last loss {loss:.3f}, most of it in
what cannot be foreseen: the next random word, the next sentence.

The seeds fix the corpus, the split, the tokenizer and the initial weights; on one machine and one thread
two runs gave the same weights to the bit (checked over 25 steps). The order in which a processor sums
floating-point numbers differs between processors, PyTorch versions and thread counts: there the weights, and
with them the figures, come out close to these but not equal.

## Figures

Measured on the float16 weights shipped here, with float32 arithmetic. A prompt is right when the answer is
the most likely of all {vocabulary} tokens; prompts start at the first position.

| measured on what training never showed | right | prompts |
| --- | ---: | ---: |
{figures}

Repeated sequences have 8 to 30 tokens, written twice; every token of the second half but its first is
counted.

## Use and limits

Made for trying out and teaching activation patching, ablation and probing, and as a test model. It is no
language model for anything else: it knows no sentence outside its templates, writes repetitive text, and
takes unknown words as bytes. Its facts are a few dozen, with one main language for each country and names
sorted into two genders for the sake of the pronouns. Contexts end at 64 tokens.
"""


def card(figures: dict, record: dict, parameters: int, tokenizer) -> str:
    """The card as Markdown."""
    rows = "\n".join(f"| {name} | {100 * accuracy:.2f} % | {count:,} |"
                     for name, (accuracy, count) in figures.items())
    return TEXT.format(
        **record, figures=rows, rate=PEAK_RATE, decay=WEIGHT_DECAY,
        parameters=parameters, vocabulary=tokenizer.get_vocab_size(),
        names=len(world.NAMES), landmarks=len(world.LANDMARKS),
        cities=len(world.FACTS["city-country"]), countries=len(world.COUNTRIES), templates=len(IOI),
        pairs=len(HELD_OUT_PAIRS), minutes=record["seconds"] / 60,
        tokens=record["step"] * record["batch"] * record["window"] / 1e6)
