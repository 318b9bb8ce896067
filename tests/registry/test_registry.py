"""The registry: the folder is the list, names answer with the nearest right ones."""

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hilum.registry import Registry, register
from hilum.schema import ConfigError

PACKAGES = {
    "__init__.py": '"""A package."""\n',
    "first.py": (
        "from hilum.registry import register\n"
        "@register\ndef auroc(x):\n    '''How good.\n\n    More.\n    '''\n    return x + 1\n"
        "@register\ndef accuracy(x):\n    return x\n"
        "def hidden(x):\n    return x\n"
    ),
    "second.py": (
        "from drawn_room.first import auroc\nfrom hilum.registry import register\n"
        "@register\ndef brier(x):\n    return -x\n"
    ),
}


@pytest.fixture
def write_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Write a package of these files where Python finds it."""

    def write(**files: str) -> None:
        folder = tmp_path / "drawn_room"
        folder.mkdir(exist_ok=True)
        for name, text in (PACKAGES | {f"{stem}.py": text for stem, text in files.items()}).items():
            (folder / name).write_text(text)

    monkeypatch.syspath_prepend(str(tmp_path))
    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "drawn_room"]:
        del sys.modules[name]


@pytest.fixture
def metrics(write_room: Callable[..., None]) -> Registry:
    write_room()
    return Registry("drawn_room", "metric")


def test_it_finds_what_is_marked_and_nothing_else(metrics: Registry) -> None:
    assert list(metrics) == ["accuracy", "auroc", "brier"]
    assert len(metrics) == 3
    assert metrics["auroc"](1) == 2
    assert "hidden" not in metrics
    assert "auroc" in metrics


def test_what_is_only_imported_counts_once(metrics: Registry) -> None:
    assert metrics["auroc"].__module__ == "drawn_room.first"


def test_a_wrong_name_answers_with_the_nearest(metrics: Registry) -> None:
    with pytest.raises(ConfigError, match=r"There is no metric 'aurocc'\. Nearest: auroc"):
        metrics["aurocc"]
    with pytest.raises(ConfigError, match=r"Nearest: accuracy, auroc, brier\."):
        metrics["zzzzzz"]


def test_summary_is_the_docstrings_first_line(metrics: Registry) -> None:
    assert metrics.summary("auroc") == "How good."
    assert metrics.summary("brier") == ""


def test_two_of_one_name_are_refused(write_room: Callable[..., None]) -> None:
    write_room(third="from hilum.registry import register\n@register\ndef auroc(x):\n    return x\n")
    with pytest.raises(ConfigError, match="Two metrics are called 'auroc' in drawn_room"):
        len(Registry("drawn_room", "metric"))


def test_a_single_file_is_a_room_too(write_room: Callable[..., None]) -> None:
    write_room()
    assert list(Registry("drawn_room.second", "metric")) == ["brier"]


def test_nothing_is_looked_at_before_it_is_asked(write_room: Callable[..., None]) -> None:
    write_room(broken="raise RuntimeError('looked')\n")
    registry = Registry("drawn_room", "metric")
    with pytest.raises(RuntimeError, match="looked"):
        list(registry)


def test_marking_leaves_the_function_as_it_is() -> None:
    def plain(x: int) -> int:
        return x

    assert register(plain) is plain
    assert isinstance(plain, types.FunctionType)
    assert plain(3) == 3
