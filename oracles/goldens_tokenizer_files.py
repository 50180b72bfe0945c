"""Write tiny tokenizers as checkpoints without tokenizer.json have them, with what `transformers` makes of them.

Each folder packages/core/test/golden/tokenizer-files/<name>/ holds the files of the tokenizer, the config.json of a model
as far as it matters, and golden.json: a list of {text, ids, decoded} as in `goldens_tokenizers.py`.
"""
import json
import shutil

from goldens_tokenizers import byte_level, byte_level_trainer, train, wordpiece, write_golden_texts
from golden_files import GOLDEN


def token(content: str, **options) -> dict:
    """A token with its options, as older tokenizer_config.json files have them."""
    plain = dict(single_word=False, lstrip=False, rstrip=False, normalized=True)
    return dict(content=content, **plain | options)


def config_token(content: str, **options) -> dict:
    return token(content, **options) | {"__type": "AddedToken"}


def bpe_files(*special: str) -> dict[str, str]:
    model = json.loads(train(byte_level(None), byte_level_trainer(*special)).to_str())["model"]
    merges = "".join(f"{left} {right}\n" for left, right in model["merges"])
    return {"vocab.json": json.dumps(model["vocab"]), "merges.txt": "#version: 0.2\n" + merges}


def wordpiece_files(lowercase: bool) -> dict[str, str]:
    vocab = json.loads(wordpiece(lowercase).to_str())["model"]["vocab"]
    return {"vocab.txt": "".join(f"{piece}\n" for piece in sorted(vocab, key=vocab.get))}


OPT = bpe_files("<s>", "<pad>", "</s>", "<unk>")
OPT_TOKENS = dict(bos_token="</s>", eos_token="</s>", unk_token="</s>", pad_token="<pad>")
PLAIN = bpe_files("<|endoftext|>")
UNCASED, CASED = wordpiece_files(True), wordpiece_files(False)

# name: (vocabulary, other files, model_type).
TOKENIZERS = {
    # As facebook/opt-125m has it.
    "opt": (OPT, {
        "tokenizer_config.json": {key: config_token(value) for key, value in OPT_TOKENS.items()} | dict(
            errors="replace", add_prefix_space=False, add_bos_token=True, tokenizer_class="GPT2Tokenizer"),
        "special_tokens_map.json": {key: token(value) for key, value in OPT_TOKENS.items()}}, "opt"),
    # As older GPT-2 and GPT-Neo have it: hardly any settings.
    "gpt2": (PLAIN, {}, "gpt2"),
    "gpt-neo": (PLAIN, {
        "tokenizer_config.json": dict(unk_token="<|endoftext|>", add_prefix_space=True, add_eos_token=True,
                                      tokenizer_class="GPT2TokenizerFast"),
        "special_tokens_map.json": dict(pad_token="<pad>", additional_special_tokens=["<extra>"]),
        "added_tokens.json": {"[MASK]": 421, "<bos>": 420}}, "gpt_neo"),
    "gpt2-newer": (PLAIN, {
        "tokenizer_config.json": dict(
            tokenizer_class="GPT2Tokenizer", pad_token="<pad>",
            added_tokens_decoder={
                "421": token("<pad>", special=True, normalized=False),
                "0": token("<|endoftext|>", special=True, normalized=False),
                "420": token("<extra>", special=False, rstrip=True, lstrip=True)}),
        "special_tokens_map.json": dict(pad_token="not looked at")}, "gpt2"),
    "roberta": (OPT, {
        "tokenizer_config.json": dict(tokenizer_class="RobertaTokenizer", trim_offsets=True,
                                      mask_token=config_token("[MASK]", lstrip=True, normalized=False))}, "gpt2"),
    "bert": (UNCASED, {}, "bert"),
    "bert-cased": (CASED, {
        "tokenizer_config.json": dict(do_lower_case=False, tokenize_chinese_chars=False, strip_accents=True,
                                      tokenizer_class="BertTokenizer")}, "bert"),
    "distilbert": (UNCASED, {
        "tokenizer_config.json": dict(do_lower_case=True, strip_accents=False, tokenizer_class="DistilBertTokenizer",
                                      additional_special_tokens=["<extra>"])}, "distilbert"),
}


def write(name: str) -> None:
    vocabulary, others, model_type = TOKENIZERS[name]
    folder = GOLDEN / "tokenizer-files" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, text in vocabulary.items():
        (folder / file).write_text(text)
    for file, value in others.items():
        (folder / file).write_text(json.dumps(value, indent=2) + "\n")
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}) + "\n")
    write_golden_texts(folder)


if __name__ == "__main__":
    for each in TOKENIZERS:
        write(each)
        print(each)
