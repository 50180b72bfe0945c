"""Write tiny models as torch.save does, in each form that checkpoints without safetensors have.

Each folder packages/core/test/golden/torch/<name>/ holds pytorch_model.bin, or shards with their index, with the same
weights as the golden model that MODELS names; its config and activations are in that model's folder. views.bin has
tensors that lie in their storages in other ways, with what they are in views.safetensors; repacked.bin is the same file
by another program. The other files are refused.
"""
import io
import json
import shutil
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from golden_files import GOLDEN

FOLDER = GOLDEN / "torch"

# name: (golden model, type the weights are stored in, number of shards).
MODELS = {
    "gpt2-f32": ("gpt2-tiny", torch.float32, 1),
    "opt-f16": ("opt-tiny", torch.float16, 2),
    "llama-bf16": ("llama-bf16", torch.bfloat16, 1),
}


def write_model(name: str) -> None:
    """Write a golden model's state dict, tied weights by both of their names."""
    source, dtype, shards = MODELS[name]
    state = AutoModelForCausalLM.from_pretrained(GOLDEN / source, dtype=dtype).state_dict()
    if shards == 1:
        torch.save(state, FOLDER / name / "pytorch_model.bin")
        return
    names = list(state)
    size = -(-len(names) // shards)
    weight_map = {}
    for shard in range(shards):
        file = f"pytorch_model-{shard + 1:05}-of-{shards:05}.bin"
        part = names[shard * size:(shard + 1) * size]
        torch.save({key: state[key].clone() for key in part}, FOLDER / name / file)
        weight_map |= dict.fromkeys(part, file)
    total = sum(tensor.nbytes for tensor in state.values())
    (FOLDER / name / "pytorch_model.bin.index.json").write_text(
        json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=2) + "\n")


def write_views() -> None:
    """Write tensors that are not simply all numbers of a storage, and tensors of other types."""
    numbers = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    cube = numbers.reshape(2, 3, 4)
    tensors = OrderedDict(
        whole=numbers, same=numbers, part=numbers[1:3], transposed=numbers.t(), columns=numbers[:, 2:5],
        steps=numbers[::2, ::3], permuted=cube.permute(2, 0, 1), expanded=numbers[0, :3].expand(4, 3),
        one=numbers[3, 5], row=numbers[:1, 1:4], none=numbers[:0], parameter=torch.nn.Parameter(numbers[2] + 1),
        double=torch.tensor([0.1, -2.5, 1e-3], dtype=torch.float64).expand(2, 3), long=torch.arange(3),
        mask=torch.tensor([True, False]), byte=torch.tensor([7], dtype=torch.uint8),
        short=torch.tensor([-3], dtype=torch.int16), tiny=torch.tensor([-4], dtype=torch.int8))
    torch.save(tensors, FOLDER / "views.bin")
    floats = {key: value.detach().float().contiguous().clone() for key, value in tensors.items()
              if value.is_floating_point()}
    save_file(floats, FOLDER / "views.safetensors")


class Pipe(io.RawIOBase):
    """A file that can only be written on, as torch's own is."""

    def __init__(self, path: Path):
        self.file = path.open("wb")

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return self.file.write(data)

    def close(self) -> None:
        self.file.close()
        super().close()


def write_repacked() -> None:
    """Write views.bin once more by Python's zipfile, with sizes of 8 bytes after each record."""
    with zipfile.ZipFile(FOLDER / "views.bin") as source, Pipe(FOLDER / "repacked.bin") as pipe:
        with zipfile.ZipFile(pipe, "w") as target:
            for record in source.infolist():
                info = zipfile.ZipInfo(record.filename, (1980, 1, 1, 0, 0, 0))
                with target.open(info, "w", force_zip64=True) as file:
                    file.write(source.read(record))


def write_refused() -> None:
    """Write files that are not plain state dicts."""
    torch.manual_seed(0)
    state = {"weight": torch.ones(2)}
    files = {
        "legacy.bin": (state, dict(_use_new_zipfile_serialization=False)),
        "protocol-4.bin": (state, dict(pickle_protocol=4)),
        "wrapped.bin": ({"state_dict": state, "epoch": 3}, {}),
        "tensor.bin": (state["weight"], {}),
        "complex.bin": ({"weight": torch.ones(2, dtype=torch.complex64)}, {}),
        "module.bin": (torch.nn.Linear(2, 1), {}),
    }
    for file, (value, options) in files.items():
        torch.save(value, FOLDER / file, **options)


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    for each in MODELS:
        (FOLDER / each).mkdir(parents=True)
        write_model(each)
        print(each)
    write_views()
    write_repacked()
    write_refused()
    for file in FOLDER.rglob("*.*"):
        file.chmod(0o644)
