"""A PyTorch file that holds objects beside tensors: read with stand-ins for them, without running anything of it.

Some publishers save a whole network, or a checkpoint with its settings as objects. `torch.load(weights_only=True)`
refuses such files, and `weights_only=False` would run whatever they say. Here every class that a file names is stood in
for by `Part`, which keeps what was saved of it and does nothing; a file that names anything beyond `HARMLESS` is
refused. Tensors are noted while the pickle is read, checked against the bytes that are there, and only then made.
"""

import io
import os
import pickle
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import mul
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

# whose objects networks and checkpoints are made of
HARMLESS = ("torch.nn.", "torchvision.", "torchxrayvision.", "numpy.", "argparse.", "_codecs.")
DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
DEEPEST, MOST_PARTS = 50, 100_000  # of modules in each other, and of all modules and names
MOST_TIMES = 4  # the file's size, for all of its tensors together: some are held under several names
WRAPPED = 3  # how deep in mappings tensors are looked for
BEFORE = 3  # pickles before the object in PyTorch's old form: a number, a version, the machine


class Part:
    """Stands for an object of any class: what was saved of it, and nothing that it could do."""

    held: dict[str, Any]

    def __new__(cls, *_: object) -> "Part":
        """An empty one, whatever it is made with: a pickle may make objects without calling `__init__`."""
        part = super().__new__(cls)
        part.held = {}
        return part

    def __setstate__(self, state: object) -> None:
        self.held = state if isinstance(state, dict) else {}


@dataclass(frozen=True)
class Noted:
    """A tensor as the pickle describes it: where its numbers lie, not the numbers."""

    dtype: torch.dtype
    key: str
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass
class _Reader:
    """What the unpickler may make of names and places."""

    storages: dict[str, tuple[torch.dtype, int]] = field(default_factory=dict)  # dtype and count of numbers

    def global_of(self, module: str, name: str) -> Any:
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("builtins", "set"): set,
            ("__builtin__", "set"): set,
            ("torch", "Size"): tuple,
            ("torch._utils", "_rebuild_tensor"): _noted,
            ("torch._utils", "_rebuild_tensor_v2"): _noted,
            ("torch._utils", "_rebuild_parameter"): _first,
            ("torch._utils", "_rebuild_parameter_with_state"): _first,
        }
        if (module, name) in known:
            return known[module, name]
        if f"{module}.".startswith(HARMLESS):
            return Part
        raise pickle.UnpicklingError(f"it names {module[:60]}.{name[:60]}")

    def place_of(self, place: Any) -> Any:
        if isinstance(place, tuple) and len(place) == 4 and place[0] == "module":
            return Part  # a class with its source text, as old files keep it
        if not (isinstance(place, tuple) and len(place) in (5, 6) and place[0] == "storage"):
            raise pickle.UnpicklingError("it refers to something that is no tensor")
        dtype, key, count = place[1], place[2], place[4]
        if len(place) == 6 and place[5] is not None:
            raise pickle.UnpicklingError("it keeps views of storages")
        if not (isinstance(dtype, torch.dtype) and isinstance(key, str) and isinstance(count, int) and count >= 0):
            raise pickle.UnpicklingError("a tensor without type, place or size")
        self.storages[key] = (dtype, count)
        return key, dtype


class _Unpickler(pickle.Unpickler):
    """Python's own, with all names and places decided by a reader."""

    def __init__(self, file: Any, reader: _Reader) -> None:
        super().__init__(file, encoding="utf-8")
        self.reader = reader

    def find_class(self, module: str, name: str) -> Any:
        return self.reader.global_of(module, name)

    def persistent_load(self, place: Any) -> Any:
        return self.reader.place_of(place)


def read_with_stand_ins(path: Path) -> Any:
    """What a file holds of mappings, tensors and whole numbers; a network is its `state_dict`, all else is left out.

    Raises:
        pickle.UnpicklingError: when the file is damaged, or names anything that no checkpoint is made of.
    """
    reader = _Reader()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            place = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
            if place is None:
                raise pickle.UnpicklingError("it is an archive without a pickle")
            content = _Unpickler(io.BytesIO(archive.read(place)), reader).load()
            folder = place.removesuffix("data.pkl")
            numbers = {key: archive.read(f"{folder}data/{key}") for key in reader.storages}
    else:
        with path.open("rb") as file:
            for _ in range(BEFORE):
                _Unpickler(file, reader).load()
            content = _Unpickler(file, reader).load()
            numbers = dict(_old_storages(file, reader))
    if any(len(numbers[key]) != count * dtype.itemsize for key, (dtype, count) in reader.storages.items()):
        raise pickle.UnpicklingError("a tensor is longer than its numbers")
    return _Making(numbers, room=MOST_TIMES * path.stat().st_size).plain(content)


def _old_storages(file: Any, reader: _Reader) -> Iterator[tuple[str, bytes]]:
    """Behind the pickles of the old form: for each key its count of numbers, then these."""
    for key in _Unpickler(file, reader).load():
        if key not in reader.storages:
            raise pickle.UnpicklingError("a tensor that the network does not have")
        count = int.from_bytes(file.read(8), "little", signed=True)
        if count != reader.storages[key][1]:
            raise pickle.UnpicklingError("a tensor of another length than the network says")
        wanted = count * reader.storages[key][0].itemsize
        if wanted > os.fstat(file.fileno()).st_size:
            raise pickle.UnpicklingError("a tensor is longer than the file")
        yield key, file.read(wanted)


@dataclass
class _Making:
    """What becomes of what was read: tensors are made, networks taken apart, within a bound on how much that may be.

    Args:
        numbers: of each storage.
        room: bytes that tensors may still take, however often a file names one of them.
        parts: how many modules and names may still be looked at.
    """

    numbers: dict[str, bytes]
    room: int
    parts: int = MOST_PARTS

    def plain(self, content: Any, depth: int = 0) -> Any:
        """Networks as their `state_dict`, mappings and whole numbers as they are, tensors made; None for all else."""
        self.spend()
        if isinstance(content, Noted):
            return self.made(content)
        if isinstance(content, Part):
            return {name: self.made(noted) for name, noted in self.tensors(content, "", 0)}
        if isinstance(content, dict) and depth < WRAPPED:
            return {name: self.plain(value, depth + 1) for name, value in content.items() if isinstance(name, str)}
        return content if isinstance(content, int) else None

    def tensors(self, part: Part, prefix: str, depth: int) -> Iterator[tuple[str, Noted]]:
        """Parameters and buffers under their full names, those of the parts inside it last."""
        self.spend()
        if depth > DEEPEST:
            raise pickle.UnpicklingError("its modules lie in each other without end")
        for kind in ("_parameters", "_buffers"):
            for name, noted in _items(part, kind):
                if isinstance(noted, Noted):
                    yield f"{prefix}{name}", noted
        for name, inside in _items(part, "_modules"):
            if isinstance(inside, Part):
                yield from self.tensors(inside, f"{prefix}{name}.", depth + 1)

    def made(self, noted: Noted) -> Tensor:
        """The tensor, once it is known that all of its numbers are there."""
        self.spend()
        held, wanted = self.numbers[noted.key], reduce(mul, noted.size, 1)
        last = noted.offset + sum((n - 1) * step for n, step in zip(noted.size, noted.stride, strict=True))
        count = len(held) // noted.dtype.itemsize
        if wanted > count or (wanted and last >= count):
            raise pickle.UnpicklingError("a tensor is longer than its numbers")
        self.room -= wanted * noted.dtype.itemsize
        if self.room < 0:
            raise pickle.UnpicklingError("its tensors together are far larger than the file")
        if not wanted:
            return torch.empty(noted.size, dtype=noted.dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on memory that must not be written to: it is copied
            flat = torch.frombuffer(held, dtype=noted.dtype)
        return flat.as_strided(noted.size, noted.stride, noted.offset).clone()

    def spend(self) -> None:
        """Count what is looked at, so that parts that lie in each other many times over come to an end."""
        self.parts -= 1
        if self.parts < 0:
            raise pickle.UnpicklingError("its modules lie in each other without end")


def _items(part: Part, kind: str) -> list[tuple[str, Any]]:
    held = part.held.get(kind)
    return [(name, value) for name, value in held.items() if isinstance(name, str)] if isinstance(held, dict) else []


def _noted(storage: Any, offset: Any, size: Any, stride: Any, *_: object) -> Noted:
    key, dtype = storage
    whole = all(isinstance(n, int) and n >= 0 for n in (offset, *size, *stride)) and len(size) == len(stride)
    if not whole or not isinstance(dtype, torch.dtype) or not isinstance(key, str):
        raise pickle.UnpicklingError("a tensor of no shape")
    return Noted(dtype, key, offset, tuple(size), tuple(stride))


def _first(value: Any, *_: object) -> Any:
    return value
