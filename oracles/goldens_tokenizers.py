"""Write tiny tokenizers of each kind that checkpoints have, with what `transformers` makes of tricky texts.

Each folder packages/core/test/golden/tokenizers/<name>/ holds tokenizer.json, tokenizer_config.json and golden.json:
a list of {text, ids, decoded}, ids with the special tokens that are added, decoded without special ones. Where text is
null the ids are random ones.
"""
import json
import random
import shutil
from collections import Counter
from itertools import combinations
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from golden_files import GOLDEN

CORPUS = """
The quick brown fox jumps over the lazy dog. The dog isn't amused; it's asleep, and they'll say it's sleeping.
A researcher types a model's name, and patches it. Every number equals the reference implementation's number.
Tokenizing, tokenized, tokens: un-related words, playing, played, player, players, and played-out plays.
In 2024 there were 365 or 366 days; 1234567890 seconds is about 39.1 years. 3.14159 and 1,000,000.
def forward(self, x):\n    return self.linear(x)\n\n\tif x > 0:\n        pass\n
Café, naïve, façade, jalapeño, Zürich, Ærøskøbing. ÀÉÎÕÜ. Straße. İstanbul.
Привет, мир! Как дела? 你好,世界。我们学习。こんにちは世界。안녕하세요. שלום עולם. مرحبا بالعالم.
🙂 👩‍👩‍👧 🇫🇷 ½ ² ™ … — “quotes” ‘single’ «guillemets»
""" * 3

TEXTS = [
    "The quick brown fox", " leading space", "trailing space ", "two  spaces   three", "    indented\n\tand tabs\n",
    "line\nbreaks\r\n\r\nmore", "\n", " ", "it's THEY'LL we'Ve don't I'm", "isn't it? it's, they'll.", "Tokenizing unplayed players",
    "1", "12", "1234567", "3.14159, 1,000,000; 2024-12-31", "x1y22z333", "Café naïve ÀÉÎÕÜ", "Cafe\u0301 nai\u0308ve",
    "Straße İstanbul ǅ", "Привет, мир!", "你好世界 mixed 中文text", "こんにちは、世界。", "안녕하세요", "שלום עולם", "مرحبا",
    "🙂", "a🙂b", "👩‍👩‍👧 🇫🇷", "½ ² ™ … — “q” ‘s’", "\u00a0nbsp\u2009thin\u200bzero\u3000wide", "tab\there", "a_b_c snake_case camelCase",
    "def f(x):\n    return x\n\n\n    pass", "https://example.org/?q=1&x=[y]#z", "$%^&*()_+-={}|\\:\";'<>?,./~`", "!!! ... ---", "a.b.c",
    "\x00\x07control\x7f", "\ufffd replaced", "\ufeffbom", "supercalifragilisticexpialidocious", "ﬁ ligature ｆｕｌｌ", "ⅷ Ⅷ ① ㎏",
    "▁ lower block ▁▁", "Ġ and Ċ", "##ing [MASK] [SEP]", "<s> in text </s>", "<|endoftext|> here<|endoftext|>", "<bos>x<eos>",
    "The [MASK] of France is Paris.", "[mask] lower", "x[MASK]y", " [MASK] ", "a <extra> b<extra>c",
]

# The regular expressions of the checkpoints themselves.
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
         r"|\s+(?!\S)|\s+")
LLAMA3 = QWEN2.replace(r"\p{N}|", r"\p{N}{1,3}|")


def byte_level(split: str | None, normalizer=None, **options) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(**options))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False) if split is None else (
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(split), "isolated", False),
                                 pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]))
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(tokenizer: Tokenizer, trainer) -> Tokenizer:
    tokenizer.train_from_iterator(CORPUS.splitlines(keepends=True), trainer)
    return tokenizer


def byte_level_trainer(*special: str):
    return trainers.BpeTrainer(vocab_size=420, special_tokens=list(special), show_progress=False,
                               initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def bos(tokenizer: Tokenizer, token: str) -> Tokenizer:
    """Adds the token in front."""
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, tokenizer.token_to_id(token))])
    return tokenizer


def wordpiece(lowercase: bool) -> Tokenizer:
    normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    words = Counter(word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(
        normalizer.normalize_str(CORPUS)))
    # By how many characters they save. The package's trainer breaks ties at random.
    pieces = Counter()
    for word, count in words.items():
        for start, end in combinations(range(len(word) + 1), 2):
            pieces["##" * (start > 0) + word[start:end]] += count * (end - start - 1)
    characters = sorted(piece for piece, saved in pieces.items() if saved == 0)
    longer = sorted((piece for piece, saved in pieces.items() if saved > 0), key=lambda piece: (-pieces[piece], piece))
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *longer[:200]]
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token="[UNK]",
                                           max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.add_special_tokens(tokens[:5])
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    return tokenizer


def sentencepiece(*special: str, normalizer, pre_tokenizer=None, strip: bool) -> Tokenizer:
    """BPE on characters in the manner of SentencePiece, with bytes for characters beyond ASCII."""
    source = Tokenizer(models.BPE())
    source.normalizer = normalizer
    source.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    lines = [line for line in CORPUS.splitlines(keepends=True) if line.isascii()]
    source.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=300, show_progress=False))
    learned = json.loads(source.to_str())["model"]
    vocab = {token: i for i, token in enumerate(special)}
    for token in [*(f"<0x{byte:02X}>" for byte in range(256)), *learned["vocab"]]:
        vocab.setdefault(token, len(vocab))
    merges = [tuple(merge) for merge in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab, merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*parts, decoders.Strip(" ", 1, 0)] if strip else parts)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    return tokenizer


def llama2() -> Tokenizer:
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return bos(sentencepiece("<unk>", "<s>", "</s>", normalizer=normalizer, strip=True), "<s>")


def gemma() -> Tokenizer:
    tokenizer = sentencepiece("<pad>", "<eos>", "<bos>", "<unk>", normalizer=normalizers.Replace(" ", "▁"),
                              pre_tokenizer=pre_tokenizers.Split(" ", "merged_with_previous"), strip=False)
    return bos(tokenizer, "<bos>")


def metaspace() -> Tokenizer:
    """Llama's as newer conversions write it, with an added token that is part of texts."""
    tokenizer = sentencepiece("<unk>", "<s>", "</s>", normalizer=normalizers.Replace(" ", "▁"), strip=True)
    tokenizer.normalizer = None
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.add_tokens([AddedToken("<extra>", rstrip=True, normalized=False)])
    return bos(tokenizer, "<s>")


def gpt2() -> Tokenizer:
    tokenizer = train(byte_level(None), byte_level_trainer("<|endoftext|>"))
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def gpt_neox() -> Tokenizer:
    tokenizer = train(byte_level(None, normalizers.NFC()), byte_level_trainer("<|endoftext|>", "<|padding|>"))
    tokenizer.add_tokens([AddedToken(" " * count, normalized=True) for count in range(8, 1, -1)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    return tokenizer


def qwen2() -> Tokenizer:
    tokenizer = train(byte_level(QWEN2, normalizers.NFC()), byte_level_trainer())
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False, use_regex=False)
    return tokenizer


def llama3() -> Tokenizer:
    tokenizer = train(byte_level(LLAMA3, ignore_merges=True), byte_level_trainer())
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
    template = bos(tokenizer, "<|begin_of_text|>").post_processor
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template])
    return tokenizer


EOT = dict(bos_token="<|endoftext|>", eos_token="<|endoftext|>", unk_token="<|endoftext|>")
BERT = dict(tokenizer_class="BertTokenizer", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
            pad_token="[PAD]", unk_token="[UNK]")
LLAMA = dict(tokenizer_class="LlamaTokenizer", bos_token="<s>", eos_token="</s>", unk_token="<unk>")
FAST = dict(tokenizer_class="PreTrainedTokenizerFast")

# name: (tokenizer, its tokenizer_config.json)
TOKENIZERS = {
    "wordpiece-uncased": (wordpiece(True), BERT | dict(do_lower_case=True)),
    "wordpiece-cased": (wordpiece(False), BERT | dict(do_lower_case=False)),
    "llama2": (llama2(), FAST | dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")),
    "metaspace": (metaspace(), FAST | dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")),
    "gemma": (gemma(), FAST | dict(bos_token="<bos>", eos_token="<eos>", unk_token="<unk>", pad_token="<pad>")),
    "gpt2": (gpt2(), FAST | EOT),
    "gpt2-bos": (gpt2(), FAST | EOT | dict(add_bos_token=True)),
    "gpt-neox": (gpt_neox(), FAST | EOT | dict(pad_token="<|padding|>")),
    "qwen2": (qwen2(), FAST | dict(eos_token="<|endoftext|>", pad_token="<|endoftext|>")),
    "llama3": (llama3(), FAST | dict(bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>")),
}


def write(name: str) -> None:
    tokenizer, config = TOKENIZERS[name]
    folder = GOLDEN / "tokenizers" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_golden_texts(folder)


def write_golden_texts(folder: Path) -> None:
    """Write what `transformers` makes of the texts with the tokenizer in a folder."""
    reference = AutoTokenizer.from_pretrained(folder)
    rng = random.Random(0)
    runs = [(text, reference.encode(text)) for text in TEXTS]
    runs += [(None, rng.choices(range(len(reference)), k=4)) for _ in range(40)]
    lines = (json.dumps({"text": text, "ids": ids, "decoded": reference.decode(
        ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)}) for text, ids in runs)
    (folder / "golden.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    for each in TOKENIZERS:
        write(each)
        print(each)
