"""map_rows: every row once, in order, whatever happens to one of them."""

from operator import itemgetter
from typing import Any

import pandas as pd
import pytest

from hilum.engine import map_rows
from hilum.schema import ConfigError, ImageError

TABLE = pd.DataFrame({"n": range(40)}, index=range(100, 140))


def double(row: dict[str, Any]) -> dict[str, Any]:
    return {"twice": 2 * row["n"]}


def refuse_some(row: dict[str, Any]) -> dict[str, Any]:
    if row["n"] == 3:
        raise ImageError("three.png: not an image.")
    if row["n"] == 5:
        raise ValueError("five")
    return row


def test_outcomes_come_in_the_order_of_the_rows() -> None:
    outcomes = list(map_rows(double, TABLE, workers=0, what=None))
    assert [outcome.row for outcome in outcomes] == list(range(40))
    assert [outcome.value for outcome in outcomes] == [{"twice": 2 * n} for n in range(40)]


def test_an_exception_fails_its_own_row_and_says_why() -> None:
    outcomes = list(map_rows(refuse_some, TABLE, workers=0, what=None))
    failures = {outcome.row: outcome.failure for outcome in outcomes if outcome.failure}
    assert failures == {3: "three.png: not an image.", 5: "ValueError: five"}
    assert all((outcome.value is None) == (outcome.failure is not None) for outcome in outcomes)


def test_a_stumbling_row_is_tried_again_but_not_what_hilum_refuses() -> None:
    tried: list[int] = []

    def stumble(row: dict[str, Any]) -> dict[str, Any]:
        tried.append(row["n"])
        if row["n"] == 1:
            raise ImageError("one")
        if row["n"] == 2 and tried.count(2) < 3:
            raise OSError("network")
        return row

    outcomes = list(map_rows(stumble, TABLE[:4], workers=0, what=None, retries=2))
    assert [outcome.failure for outcome in outcomes] == [None, "one", None, None]
    assert tried == [0, 1, 2, 2, 2, 3]
    tried.clear()
    assert list(map_rows(stumble, TABLE[:4], workers=0, what=None, retries=1))[2].failure == "OSError: network"


def test_a_function_that_cannot_travel_is_refused_before_work_begins() -> None:
    with pytest.raises(ConfigError, match="importable"):
        map_rows(lambda row: row, TABLE, workers=1)


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="local, spark"):
        map_rows(dict, TABLE, engine="ray")
    with pytest.raises(ConfigError, match="-1 workers"):
        map_rows(dict, TABLE, workers=-1)


@pytest.mark.parametrize("workers", [0, 2])
def test_no_rows_give_no_outcomes(workers: int) -> None:
    assert list(map_rows(dict, TABLE[:0], workers=workers, what=None)) == []


def test_missing_columns_are_failures() -> None:
    assert [o.failure for o in map_rows(itemgetter("x"), TABLE[:1], workers=0, what=None)] == ["KeyError: 'x'"]
