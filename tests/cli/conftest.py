"""The command line, called as a user calls it."""

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from hilum.cli import main


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
