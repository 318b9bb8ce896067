from pathlib import Path
from typing import Any

import pytest

from hilum.cli import serve
from hilum.serve.keys import Keys


def test_a_key_is_made_listed_and_revoked(hilum: Any, tmp_path: Path) -> None:
    made = hilum("key", "modality", "--folder", tmp_path, "--scope", "submit")
    assert made.code == 0
    assert Keys(tmp_path).check(made.out.strip()) is not None
    assert hilum("key", "--folder", tmp_path).out.strip() == "modality: submit"
    assert hilum("key", "modality", "--folder", tmp_path, "--revoke").code == 0
    assert "no keys" in hilum("key", "--folder", tmp_path).out


def test_what_is_missing_is_named_with_its_command(hilum: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_is_there", lambda name: name != "pynetdicom")
    said = hilum("serve", "--folder", tmp_path)
    assert said.code == 2
    assert "needs pynetdicom: pip install 'hilum[serve]'" in said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [(["--host", "0.0.0.0"], "no key was made"), (["--dicom-host", "0.0.0.0"], "--from-ae"),
     (["--send-to", "ftp:x"], "stow:URL"), (["no/such/run"], "no such folder")],
)  # fmt: skip
def test_what_would_not_do_is_refused_before_anything_starts(
    hilum: Any, tmp_path: Path, words: list[str], why: str
) -> None:
    said = hilum("serve", *words, "--folder", tmp_path / "s")
    assert said.code == 2
    assert why in said.err
    assert not (tmp_path / "s").exists()
