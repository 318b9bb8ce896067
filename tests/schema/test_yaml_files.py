"""YAML files: each key once, and every kind of garbage refused in words."""

from pathlib import Path

import pytest

from hilum.schema import ConfigError
from hilum.schema.yaml_files import load_yaml

REFUSED = {
    "twice": ("a: 1\nb: 2\na: 3\n", "the key 'a' stands twice, in lines 1 and 3"),
    "twice, deep": ("a:\n  - {b: 1, c: 2, b: 3}\n", "the key 'b' stands twice"),
    "twice in two spellings": ("'1': a\n\"1\": b\n", "the key '1' stands twice"),
    "yes and true": ("{yes: 1, true: 2}", "the key 'True' stands twice"),
    "no YAML": ("a: [", "not readable as YAML"),
    "deep": ("[" * 5000, "nested too deeply"),
    "a class": ("!!python/object/apply:os.getcwd []", "not readable as YAML"),
    "no date": ("2020-13-45", "not readable as YAML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(tmp_path: Path, case: str) -> None:
    text, message = REFUSED[case]
    with pytest.raises(ConfigError, match=f"the recipe: .*{message}"):
        load_yaml(text, "the recipe")
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(ConfigError, match=rf"r\.yaml: .*{message}"):
        load_yaml(tmp_path / "r.yaml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes("a: José".encode("latin-1"))
    for path in (tmp_path / "r.yaml", tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ConfigError, match="not readable as YAML"):
            load_yaml(path)


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load_yaml(tmp_path / "r.yaml") == {"a": 1}
    assert load_yaml("one: &x {b: 1}\ntwo: {<<: *x, b: 2}") == {"one": {"b": 1}, "two": {"b": 2}}
    assert load_yaml("") is None
