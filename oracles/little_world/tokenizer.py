"""The byte-level BPE tokenizer of the little world."""
import random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from . import world
from .corpus import END, document

SAMPLE_DOCUMENTS = 40_000


def vocabulary() -> list[str]:
    """Every word of the world as it stands in text: inside a sentence (" Mary") and opening one ("Mary")."""
    rng = random.Random(0)
    split = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    words = {f"\u0120{word}" for word in world.EXTRA_WORDS}
    for _ in range(SAMPLE_DOCUMENTS):
        text = document(rng)
        words |= {word for word, _ in split(text) + split(f" {text}")}
    return sorted(word.replace("\u0120", " ") for word in words)


def build() -> tuple[Tokenizer, list[int]]:
    """The tokenizer, merged until every word is one token, and the ids of the words with their space."""
    words = vocabulary()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(words, trainers.BpeTrainer(
        vocab_size=5000, min_frequency=1, special_tokens=[END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    encoded = {word: tokenizer.encode(word).ids for word in words}
    assert all(len(ids) == 1 for ids in encoded.values())
    return tokenizer, sorted(ids[0] for word, ids in encoded.items() if word.startswith(" "))
