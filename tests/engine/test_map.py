"""map_rows: every row once, in order, whatever happens to one of them."""

from operator import itemgetter
from typing import Any

import pandas as pd
import pytest

from hilum.engine import map_rows
from hilum.schema import ConfigError, ImageError


def double(row: dict[str, Any]) -> dict[str, Any]:
    return {"twice": 2 * row["n"]}


def refuse_three(row: dict[str, Any]) -> dict[str, Any]:
    if row["n"] == 3:
        raise ImageError("three.png: not a film.")
    if row["n"] == 5:
        raise ValueError("five")
    return {"n": row["n"]}


TABLE = pd.DataFrame({"n": range(40)}, index=range(100, 140))


def test_outcomes_come_in_the_order_of_the_rows() -> None:
    outcomes = list(map_rows(double, TABLE, workers=0, what=None))
    assert [outcome.row for outcome in outcomes] == list(range(40))
    assert [outcome.value for outcome in outcomes] == [{"twice": 2 * n} for n in range(40)]


def test_an_exception_fails_its_own_row_and_says_why() -> None:
    outcomes = list(map_rows(refuse_three, TABLE, workers=0, what=None))
    failures = {outcome.row: outcome.failure for outcome in outcomes if outcome.failure}
    assert failures == {3: "three.png: not a film.", 5: "ValueError: five"}
    assert all(outcome.value is None for outcome in outcomes if outcome.failure)


def test_processes_give_the_same_outcomes_as_this_process() -> None:
    table = pd.DataFrame({"n": range(200), "name": "a"})
    here = list(map_rows(dict, table, workers=0, what=None))
    there = list(map_rows(dict, table, workers=2, what=None))
    assert there == here
    assert len(there) == 200


def test_a_function_that_cannot_travel_is_refused_before_work_begins() -> None:
    with pytest.raises(ConfigError, match="importable"):
        map_rows(lambda row: row, TABLE, workers=1)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ConfigError, match="local, spark"):
        map_rows(dict, TABLE, engine="ray")


def test_no_rows_give_no_outcomes() -> None:
    assert list(map_rows(dict, TABLE.iloc[:0], workers=2, what=None)) == []


def test_missing_columns_are_failures() -> None:
    assert [o.failure for o in map_rows(itemgetter("x"), TABLE.iloc[:1], workers=1, what=None)] == ["KeyError: 'x'"]
