"""Temporary files, and what a killed process leaves of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from hilum.schema.files import write_text
from hilum.schema.temporary import remove_leftovers, temporary_beside

KILLED = """
import os, signal, sys
from pathlib import Path
from hilum.schema.files import replacing
with replacing(sys.argv[1]) as temporary:
    temporary.write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_while_writing(path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode == -9
    assert [entry.name for entry in path.parent.iterdir()] == [f".writing-{path.name}"]


@pytest.mark.skipif(sys.platform == "win32", reason="no locks on files there")
def test_what_a_killed_writer_left_is_gone_after_the_next(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "t.txt")
    write_text(tmp_path / "t.txt", "all")
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]
    assert (tmp_path / "t.txt").read_text() == "all"


@pytest.mark.skipif(sys.platform == "win32", reason="no locks on files there")
def test_only_what_nobody_writes_is_removed(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "t.txt")
    with temporary_beside(tmp_path / "a.txt") as one, temporary_beside(tmp_path / "a.txt") as two:
        assert one != two
        assert one.suffix == two.suffix == ".txt"
        assert remove_leftovers(tmp_path) == 1
        assert set(tmp_path.iterdir()) == {one, two}
    assert remove_leftovers(tmp_path) == 0
    assert not list(tmp_path.iterdir())


def test_a_leftover_that_was_longer_leaves_nothing_in_the_new_file(tmp_path: Path) -> None:
    (tmp_path / ".writing-a.bin").write_bytes(b"x" * 100)
    with temporary_beside(tmp_path / "a.bin") as path:
        assert path.stat().st_size == 0
