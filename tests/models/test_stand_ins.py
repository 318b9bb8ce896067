"""Networks pickled whole, as some publishers do: their tensors are read, and nothing of the file is run."""

import argparse
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from hilum.models.checkpoint import read_tensors
from hilum.models.stand_ins import Part, read_with_stand_ins
from hilum.schema import ConfigError


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("the file's code was run",))


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return resnet18(num_classes=3).eval()


def save(content: object, path: Path, *, old: bool) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not old)
    return path


@pytest.mark.parametrize("old", [False, True], ids=["zip", "old form"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in a checkpoint"])
def test_a_whole_network_gives_its_state_dict(network: nn.Module, tmp_path: Path, old: bool, wrapped: bool) -> None:
    content = {"model": network, "epoch": 3, "rng_state": torch.get_rng_state(), "LR": 0.1} if wrapped else network
    found = read_tensors(save(content, tmp_path / "w.pt", old=old))
    expected = network.state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("old", [False, True], ids=["zip", "old form"])
def test_settings_and_arrays_beside_tensors_are_passed_over(network: nn.Module, tmp_path: Path, old: bool) -> None:
    more = {"args": argparse.Namespace(lr=0.1, name="any"), "best": np.float64(0.8), "curve": np.arange(3.0)}
    found = read_tensors(save({"state_dict": network.state_dict(), **more}, tmp_path / "w.pth", old=old))
    assert list(found) == list(network.state_dict())


@pytest.mark.parametrize("old", [False, True], ids=["zip", "old form"])
def test_a_network_with_evil_inside_is_refused(network: nn.Module, tmp_path: Path, old: bool) -> None:
    path = save({"model": network, "more": Evil()}, tmp_path / "w.pt", old=old)
    with pytest.raises(ConfigError, match="cannot be read as weights"):
        read_tensors(path)
    with pytest.raises(pickle.UnpicklingError, match="it names _pytest"):
        read_with_stand_ins(path)


@pytest.mark.parametrize(
    "callable_", [b"cos\nsystem\n", b"cbuiltins\neval\n", b"ctorch\nload\n", b"ctorch.nnx\nLinear\n", b"cnt\nsystem\n"]
)
def test_names_that_no_network_is_made_of_are_refused(tmp_path: Path, callable_: bytes) -> None:
    head = b"".join(pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {}))
    (tmp_path / "w.pt").write_bytes(head + b"\x80\x02" + callable_ + b"X\x04\x00\x00\x00true\x85R.")
    with pytest.raises(pickle.UnpicklingError, match="it names"):
        read_with_stand_ins(tmp_path / "w.pt")


def test_whatever_a_network_s_class_would_do_is_not_done(tmp_path: Path) -> None:
    """`torch.nn.` is allowed by its name alone, so the name must lead to nothing: a stand-in, not the class."""
    path = tmp_path / "w.pt"
    head = b"".join(pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {}))
    call = b"ctorch.nn.modules.module\nsys.modules.clear\nX\x04\x00\x00\x00true\x85R"
    path.write_bytes(head + b"\x80\x02" + call + b"." + pickle.dumps([], protocol=2))
    assert read_with_stand_ins(path) == {}


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("old", [False, True], ids=["zip", "old form"])
def test_a_network_that_is_cut_is_refused(network: nn.Module, tmp_path: Path, old: bool, share: float) -> None:
    content = save(network, tmp_path / "whole.pt", old=old).read_bytes()
    (tmp_path / "cut.pt").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ConfigError, match="cannot be read as weights"):
        read_tensors(tmp_path / "cut.pt")


def test_modules_in_each_other_without_end_are_refused(tmp_path: Path) -> None:
    loop = nn.Sequential(nn.ReLU())
    loop._modules["again"] = loop
    path = save(loop, tmp_path / "w.pt", old=False)
    with pytest.raises(pickle.UnpicklingError, match="without end"):
        read_with_stand_ins(path)


def test_one_tensor_under_very_many_names_is_refused(tmp_path: Path) -> None:
    layer = nn.Module()
    weight = nn.Parameter(torch.zeros(10_000))
    for number in range(1000):
        layer.register_parameter(f"w{number}", weight)
    path = save(layer, tmp_path / "w.pt", old=False)
    with pytest.raises(pickle.UnpicklingError, match="far larger than the file"):
        read_with_stand_ins(path)


def test_mappings_that_hold_each_other_many_times_come_to_an_end(tmp_path: Path) -> None:
    inner = {str(number): number for number in range(1000)}
    middle = dict.fromkeys(map(str, range(1000)), inner)
    path = save(
        {"args": argparse.Namespace(), "a": dict.fromkeys(map(str, range(1000)), middle)}, tmp_path / "w.pt", old=True
    )
    with pytest.raises(pickle.UnpicklingError, match="without end"):
        read_with_stand_ins(path)


def test_a_tensor_longer_than_its_numbers_is_refused(tmp_path: Path) -> None:
    layer = nn.Linear(2, 2)
    layer.weight = nn.Parameter(torch.zeros(1).expand(1000, 1000))
    path = save(layer, tmp_path / "w.pt", old=True)
    with pytest.raises(pickle.UnpicklingError, match="longer than its numbers"):
        read_with_stand_ins(path)


def test_a_stand_in_keeps_and_does_nothing() -> None:
    part = Part("any", "arguments")
    part.__setstate__(OrderedDict(_parameters={}))
    assert part.held == {"_parameters": {}}
    part.__setstate__([1, 2])
    assert part.held == {}
