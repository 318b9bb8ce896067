import json
from collections.abc import Callable
from math import comb
from typing import Any

import pytest

from hilum.evaluation import OperatingPoints
from hilum.evaluation.thresholds import OperatingPoint
from hilum.serve.door import Door
from hilum.serve.drift import Count, Reference, images_by_week, weekly

# Of 100 images 20 with it: sensitivity 0.5 calls 10 of them, specificity 0.75 calls 20 of the other 80: 30 of 100.
POINT = OperatingPoint("Mass", 0.5, sensitivity=0.5, specificity=0.75, ppv=1 / 3, present=20, absent=80, fitted=True)
POINTS = OperatingPoints("youden", {}, (POINT,), {})


def fill(door: Door, send: Callable[..., Any], png: Any, called: list[bool], received: float, **said: Any) -> None:
    for seed, each in enumerate(called):
        image_id = send(png(int(received) % 1000 + seed)).image_id
        probability = said.get("probability", 0.9 if each else 0.1)
        summary = {"probabilities": {"Mass": probability}, "called": ["Mass"] if each else [], "view": "PA",
                   "mean_brightness": 0.5} | said  # fmt: skip
        with door.database.transaction() as rows:
            rows.execute("UPDATE images SET state = 'read', received = ?, summary = ? WHERE image_id = ?",
                         (received, json.dumps(summary), image_id))  # fmt: skip


WEEK = 7 * 86400


def test_the_expected_share_is_that_of_the_fitted_images() -> None:
    assert Reference.fitted(POINTS).called == {"Mass": Count(30, 100)}
    assert Reference.fitted(None).called == {}


def test_a_week_of_other_images_stands_out(door: Door, send: Callable[..., Any], png: Any) -> None:
    fill(door, send, png, [True] * 6 + [False] * 14, 100.0)
    fill(door, send, png, [True] * 18 + [False] * 2, 200.0 + WEEK)
    fill(door, send, png, [True] * 5, 300.0 + 2 * WEEK)
    weeks = images_by_week(door.database)
    few, odd, usual = weekly(weeks, Reference.fitted(POINTS))
    assert [each["week"] for each in (few, odd, usual)] == ["1970-W03", "1970-W02", "1970-W01"]
    assert (usual["findings"][0]["share"], usual["findings"][0]["stands_out"]) == (0.3, False)
    assert odd["findings"][0]["stands_out"]
    assert odd["findings"][0]["probability"] == [0.9, 0.9, 0.9]
    assert odd["findings"][0]["p_value"] == pytest.approx(fisher_by_hand(18, 20, 30, 100))
    assert few["findings"][0]["p_value"] is None  # too few to compare
    assert [(each["name"], each["share"], each["expected"]) for each in usual["views"]] == [("PA", 1.0, None)]
    assert weekly(weeks, Reference.fitted(None))[0]["findings"][0]["expected"] is None


def fisher_by_hand(found: int, images: int, usual: int, compared: int) -> float:
    """Of all ways to draw as many called images, those no more probable than what was seen."""
    called, both = found + usual, images + compared
    ways = [comb(called, k) * comb(both - called, images - k) for k in range(min(called, images) + 1)]
    return sum(way for way in ways if way <= ways[found]) / comb(both, images)


def test_a_period_is_compared_in_views_quality_and_probabilities(
    door: Door, send: Callable[..., Any], png: Any
) -> None:
    fill(door, send, png, [True] * 10 + [False] * 30, 100.0)
    fill(door, send, png, [True] * 10 + [False] * 30, 400.0 + WEEK, view="AP", notes=["cropped"])
    fill(door, send, png, [False] * 40, 700.0 + 2 * WEEK, probability=0.45)
    weeks = images_by_week(door.database)
    shifted, turned, same = weekly(weeks, Reference.period(weeks["1970-W01"]))
    assert not any(each["stands_out"] for kind in ("views", "quality", "findings") for each in same[kind])
    assert {each["name"]: each["stands_out"] for each in turned["views"]} == {"AP": True, "PA": True}
    assert [(each["name"], each["expected"], each["stands_out"]) for each in turned["quality"]] == [
        ("cropped", 0, True)
    ]
    (mass,) = shifted["findings"]
    assert mass["shift_p_value"] < 0.001
    assert mass["stands_out"]


def test_of_several_runs_each_has_its_own(door: Door, send: Callable[..., Any], png: Any) -> None:
    other = {"run": "other", "probabilities": {"Mass": 0.2}, "called": []}
    fill(door, send, png, [True] * 3, 100.0, runs=[other])
    (week,) = weekly(images_by_week(door.database, "other"), Reference())
    assert week["findings"][0]["share"] == 0
    assert images_by_week(door.database, "a third") == {}


def test_the_page_draws_each_week_and_names_those_that_stand_out(
    client: Any, door: Door, send: Callable[..., Any], png: Any
) -> None:
    assert "Nothing was read yet" in client.get("/drift").text
    runs = [{"run": "starter", "probabilities": {"Mass": 0.5}, "called": []}]
    fill(door, send, png, [False] * 20, 100.0, runs=runs)
    fill(door, send, png, [False] * 20, 400.0 + WEEK, view="<b>", runs=runs)
    answer = client.get("/api/v1/drift?since=1970-W01").json()
    assert [each["images"] for each in answer] == [20, 20]
    page = client.get("/drift?since=1970-W01&until=1970-W01").text
    assert page.count("<circle") == 2 * 3  # a finding and two views
    assert "1970-W02</strong> stands out" in page
    assert "<b>:" not in page
    assert client.get("/drift?since=never").status_code == 422
    assert client.get("/drift?run=none").status_code == 404
