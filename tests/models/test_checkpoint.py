"""Weights files that anyone may have written: each is read, or refused in a sentence, and runs no code."""

import pickle
import re
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hilum.models.checkpoint import read_tensors
from hilum.schema import ConfigError

REFUSED = r"model\.pretrained: .*cannot be read as weights \(.+\)\. Expected"
TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("the file's code was run",))


def zipped(pickled: bytes) -> dict[str, bytes]:
    return {"w/data.pkl": pickled, "w/version": b"3", "w/byteorder": b"little"}


def write_zip(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def refused(path: Path) -> None:
    with pytest.raises(ConfigError, match=REFUSED) as caught:
        read_tensors(path)
    message = str(caught.value)
    assert len(message) < 600
    assert "\n" not in message
    assert str(path) in message


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "teacher"])
@pytest.mark.parametrize("legacy", [False, True])
def test_what_pytorch_writes_is_read(tmp_path: Path, wrapper: str | None, legacy: bool) -> None:
    content = OrderedDict(TENSORS) if wrapper is None else {wrapper: TENSORS, "epoch": 3, "best": 0.5}
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=not legacy)
    found = read_tensors(tmp_path / "w.pth")
    assert set(found) == set(TENSORS)
    assert torch.equal(found["a.weight"], TENSORS["a.weight"])


def test_a_file_is_read_without_running_its_code(tmp_path: Path) -> None:
    torch.save({"a": Evil()}, tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps({"a": Evil()}, protocol=2))
    write_zip(tmp_path / "zip.pth", zipped(pickle.dumps({"a": Evil()}, protocol=2)))
    for name in ("evil.pth", "plain.pth", "zip.pth"):
        refused(tmp_path / name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"not weights at all",
        "Gewichte: größer".encode("utf-16"),
        "gr\xf6\xdfer".encode("latin-1"),
        b'{"a": [1, 2, 3]}',
        b"\x89HDF\r\n\x1a\n" + bytes(64),
        b"PK\x03\x04" + bytes(64),
        b"PK\x05\x06" + bytes(18),
        bytes(range(256)) * 8,
        b"\x80\x02.",
        b"\x80\x02}q\x00" + b"\xff" * 40,
        b"\x80\x04\x8d" + b"\xff" * 8,  # text of 2^64 letters
        b"\x80\x02\x8b\xff\xff\xff\x7f",  # a number of 2^31 bytes
        b"\xff" * 8 + b"{}",
        b"\x00\x00\x00\x00\x00\x00\x00\x10{}",
        b"\x10" + bytes(7) + b'{"a": {"b": 3}} ',
        (200_000).to_bytes(8, "little") + b"[" * 200_000,
    ],
    ids=range(18),
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".bin"])
def test_what_is_no_weights_file_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    (tmp_path / f"w{suffix}").write_bytes(content)
    refused(tmp_path / f"w{suffix}")


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".legacy.pth"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    tensors = {"a": torch.rand(50, 50)}
    if suffix == ".safetensors":
        save_file(tensors, whole)
    else:
        torch.save(tensors, whole, _use_new_zipfile_serialization=suffix == ".pth")
    content = whole.read_bytes()
    cut.write_bytes(content[: int(share * len(content))])
    refused(cut)


LISTS, DICTS = b"]" * 20_000 + b"a" * 19_999, b"}X\x01\x00\x00\x00a" * 20_000 + b"N" + b"s" * 20_000
KEY = b"})" + b"\x85" * 500_000 + b"K\x01s"  # hashing it would end the process
INDIRECT = b"})q\x00" + b"h\x00\x85q\x00" * 300_000 + b"h\x00K\x01s"


OLD_FORM = b"".join(pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {}))


@pytest.mark.parametrize("pickled", [LISTS, DICTS, KEY, INDIRECT], ids=["lists", "dicts", "key", "indirect"])
@pytest.mark.parametrize("form", ["zip", "plain", "old"])
def test_what_is_nested_too_deeply_is_refused(tmp_path: Path, pickled: bytes, form: str) -> None:
    path, pickled = tmp_path / "w.pth", b"\x80\x02" + pickled + b"."
    if form == "zip":
        write_zip(path, zipped(pickled))
    else:
        path.write_bytes((OLD_FORM if form == "old" else b"") + pickled)
    with pytest.raises(ConfigError, match=r"cannot be read as weights|holds no tensors"):
        read_tensors(path)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1_000_000)}, tmp_path / "whole.pth")
    with zipfile.ZipFile(tmp_path / "whole.pth") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    write_zip(tmp_path / "bomb.pth", entries, zipfile.ZIP_DEFLATED)
    with pytest.raises(ConfigError, match="unpacks to 4"):
        read_tensors(tmp_path / "bomb.pth")


@pytest.mark.parametrize(
    "content", [{}, {"epoch": 3}, [1, 2], {"state_dict": {}}, torch.ones(3), {"a": [torch.ones(1)]}]
)
def test_a_file_without_named_tensors_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(ConfigError, match="holds no tensors"):
        read_tensors(tmp_path / "w.pth")


def test_tensors_without_plain_numbers_are_passed_over(tmp_path: Path) -> None:
    odd = {
        "meta": torch.empty(2, 2, device="meta"),
        "sparse": torch.eye(2).to_sparse(),
        "complex": torch.ones(2, dtype=torch.complex64),
    }
    torch.save(TENSORS | odd, tmp_path / "w.pth")
    assert set(read_tensors(tmp_path / "w.pth")) == set(TENSORS)


def test_a_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.pth").mkdir()
    refused(tmp_path / "w.pth")


def test_the_message_is_one_sentence_whatever_the_reader_says(tmp_path: Path) -> None:
    torch.save({"a": Evil()}, tmp_path / "w.pth")
    with pytest.raises(ConfigError) as caught:
        read_tensors(tmp_path / "w.pth")
    assert len(re.findall(r"\. ", str(caught.value))) <= 3
