"""Progress: passes everything on; a bar on a terminal, few lines in a log."""

import importlib
import io
import sys
from types import SimpleNamespace

import pytest

from hilum.engine import progress
from hilum.engine.progress import _clock


class Clock:
    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(range(50), total=50, what="images")) == list(range(50))
    assert capsys.readouterr() == ("", "")


def test_long_work_says_how_much_how_fast_and_how_long_still(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module("hilum.engine.progress")  # the package's attribute of this name is the function
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=Clock(step=1.0)))
    assert list(progress(iter("abcdefghijklmnopqrstuvwxy"), total=25, what="images"))[-1] == "y"
    assert capsys.readouterr().err.splitlines() == [
        "images: 11 of 25, 1/s, 0:14 left",
        "images: 21 of 25, 1/s, 0:04 left",
        "images: 25 in 0:26, 1/s",
    ]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(progress(range(7), total=7, what="images")) == list(range(7))
    drawn = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "images" in drawn
    assert "7/7" in drawn


def test_clock() -> None:
    assert (_clock(0), _clock(75), _clock(3723.4)) == ("0:00", "1:15", "1:02:03")
