import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Hilum

from hilum.cli.app import app
from hilum.cli.ls import kinds


@pytest.mark.parametrize("kind", kinds())
def test_ls_lists_something_of_every_kind(hilum: Hilum, kind: str) -> None:
    said = hilum("ls", kind)
    assert said.code == 0, said.err
    assert said.out.strip()


def test_ls_of_an_unknown_kind_names_the_kinds(hilum: Hilum) -> None:
    said = hilum("ls", "datsets")
    assert said.code == 2
    assert "datasets" in said.err


def test_cp_gives_a_recipe_that_checks(hilum: Hilum, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    assert hilum("cp", "phantom-small", mine).code == 0
    assert hilum("check", mine).code == 0
    assert hilum("cp", "phantom-small", mine).code == 2  # never over a file
    mine.write_text("trainin: {}\n", encoding="utf-8")
    assert "trainin" in hilum("check", mine).err


def test_every_command_shows_an_example() -> None:
    commands = app.registered_commands
    assert len(commands) >= 12
    assert [one.callback for one in commands if "Example: `hilum" not in (one.callback.__doc__ or "")] == []


def test_a_wrong_dataset_names_the_nearest(hilum: Hilum, tmp_path: Path) -> None:
    said = hilum("summary", "nih15", tmp_path, "-o", tmp_path / "out")
    assert said.code == 2
    assert "nih14" in said.err


def test_the_face_is_light_and_whole() -> None:
    code = (
        "import sys, hilum; heavy = {'torch', 'pandas', 'numpy', 'cv2'} & set(sys.modules); "
        "assert not heavy, heavy; "
        "missing = [name for name in hilum.__all__ if not hasattr(hilum, name)]; assert not missing, missing; "
        "assert 'nih14' in hilum.datasets and callable(hilum.datasets['nih14'])"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_python_m_hilum_is_the_command() -> None:
    said = subprocess.run([sys.executable, "-m", "hilum", "ls"], check=True, capture_output=True, text=True)
    assert "datasets" in said.stdout
