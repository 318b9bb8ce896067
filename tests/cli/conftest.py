"""A journey's provisions: a drawn dataset, and the command line called as a user calls it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from hilum.cli import main
from hilum.phantom import layouts


class Said(NamedTuple):
    code: int
    out: str
    err: str


Hilum = Callable[..., Said]


@pytest.fixture
def hilum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hilum:
    """Call the command line with words; gives exit code, stdout and stderr."""

    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["hilum", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 small drawn films in NIH's layout."""
    folder = tmp_path_factory.mktemp("phantoms") / "nih"
    layouts["nih14"](folder, images=48, seed=3, size=128, workers=0)
    return folder
