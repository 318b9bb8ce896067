from pathlib import Path

import pytest

from hilum.schema import ConfigError
from hilum.serve.keys import FILE, Keys


def test_a_key_is_kept_as_its_hash_alone(tmp_path: Path) -> None:
    shown = Keys(tmp_path).add("modality", ["submit"])
    written = (tmp_path / FILE).read_text()
    assert shown.rpartition("_")[2] not in written
    assert shown.split("_", 2)[2] not in written
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    found = Keys(tmp_path).check(shown)
    assert found is not None
    assert (found.name, found.scopes) == ("modality", ("submit",))


@pytest.mark.parametrize("shown", ["", "x", "hilum_", "hilum_00000000_" + "x" * 43, "hilum__"])
def test_what_is_no_key(tmp_path: Path, shown: str) -> None:
    keys = Keys(tmp_path)
    keys.add("a", ["read"])
    assert keys.check(shown) is None


def test_the_right_id_with_another_secret_is_no_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    one, other = keys.add("a", ["read"]), keys.add("b", ["admin"])
    assert keys.check(one[:15] + other[15:]) is None


def test_a_key_that_another_process_revoked_is_refused_at_once(tmp_path: Path) -> None:
    server = Keys(tmp_path)
    shown = Keys(tmp_path).add("a", ["read"])
    assert server.check(shown) is not None
    Keys(tmp_path).revoke("a")
    assert server.check(shown) is None
    with pytest.raises(ConfigError, match="no such key"):
        Keys(tmp_path).revoke("a")


def test_names_and_scopes_are_checked(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.add("a", ["read"])
    for name, scopes in (("a", ["read"]), ("a b", ["read"]), ("b", ["everything"]), ("b", [])):
        with pytest.raises(ConfigError):
            keys.add(name, scopes)
