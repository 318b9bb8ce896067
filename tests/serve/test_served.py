from pathlib import Path

import pytest

from hilum.schema import ConfigError
from hilum.serve.served import Served, parse_runs
from hilum.serve.settings import Settings


def test_a_run_is_named_with_the_views_that_it_reads(tmp_path: Path) -> None:
    for name in ("a", "b", "at@PA"):
        (tmp_path / name).mkdir()
    first, second, third = parse_runs([str(tmp_path / "a"), f"{tmp_path / 'b'}@PA,AP", str(tmp_path / "at@PA")])
    assert (first.views, second.views, third.views) == ((), ("PA", "AP"), ())
    assert (second.name, third.name) == ("b", "at@PA")
    assert [second.reads(view) for view in ("PA", "FRONTAL", "LATERAL", None)] == [True, True, False, True]
    settings = Settings(folder=tmp_path, runs=(first, second), send_to=("stow:x",))
    assert Settings.from_json(settings.to_json()) == settings


def test_what_names_no_run_or_one_of_two_is_refused(tmp_path: Path) -> None:
    for name in ("a", "x/a"):
        (tmp_path / name).mkdir(parents=True)
    for texts, words in (
        (["no/such@PA"], "no such folder"),
        ([f"{tmp_path / 'a'}@OBLIQUE"], "no view 'OBLIQUE'"),
        ([str(tmp_path / "a"), str(tmp_path / "x" / "a")], "Two Runs are called 'a'"),
    ):
        with pytest.raises(ConfigError, match=words):
            parse_runs(texts)


def test_the_starter_reads_where_no_run_is_named(tmp_path: Path) -> None:
    (served,) = Settings(folder=tmp_path).served
    assert (served.name, served.views) == ("starter", ())
    assert Served(tmp_path).reads("LATERAL")
