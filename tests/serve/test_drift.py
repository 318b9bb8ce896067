import json
from collections.abc import Callable
from typing import Any

from hilum.evaluation import OperatingPoints
from hilum.evaluation.thresholds import OperatingPoint
from hilum.serve.door import Door
from hilum.serve.drift import expected_shares, weekly

# Of 100 images 20 with it: sensitivity 0.5 calls 10 of them, specificity 0.75 calls 20 of the other 80: 30 of 100.
POINT = OperatingPoint("Mass", 0.5, sensitivity=0.5, specificity=0.75, ppv=1 / 3, present=20, absent=80, fitted=True)
POINTS = OperatingPoints("youden", {}, (POINT,), {})


def fill(door: Door, send: Callable[..., Any], png: Any, called: list[bool], received: float) -> None:
    for seed, each in enumerate(called):
        image_id = send(png(int(received) % 1000 + seed)).image_id
        summary = {"probabilities": {"Mass": 0.9 if each else 0.1}, "called": ["Mass"] if each else [], "view": "PA",
                   "mean_brightness": 0.5}  # fmt: skip
        with door.database.transaction() as rows:
            rows.execute("UPDATE images SET state = 'read', received = ?, summary = ? WHERE image_id = ?",
                         (received, json.dumps(summary), image_id))  # fmt: skip


def test_the_expected_share_is_that_of_the_fitted_images() -> None:
    assert round(expected_shares(POINTS)["Mass"], 10) == 0.3


def test_a_week_of_other_images_stands_out(door: Door, send: Callable[..., Any], png: Any) -> None:
    week = 7 * 86400
    fill(door, send, png, [True] * 6 + [False] * 14, 100.0)
    fill(door, send, png, [True] * 18 + [False] * 2, 200.0 + week)
    fill(door, send, png, [True] * 5, 300.0 + 2 * week)
    few, odd, usual = weekly(door.database, POINTS)
    assert [each["week"] for each in (few, odd, usual)] == ["1970-W03", "1970-W02", "1970-W01"]
    assert (usual["findings"][0]["called"], usual["findings"][0]["stands_out"]) == (0.3, False)
    assert odd["findings"][0]["stands_out"]
    assert odd["findings"][0]["probability"] == [0.9, 0.9, 0.9]
    assert few["findings"][0]["p_value"] is None  # too few to compare
    assert usual["views"] == {"PA": 20}
    assert weekly(door.database, None)[0]["findings"][0]["expected"] is None


def test_the_route_compares_with_the_run_that_reads(
    client: Any, door: Door, send: Callable[..., Any], png: Any
) -> None:
    fill(door, send, png, [True], 100.0)
    assert client.get("/api/v1/drift").json()[0]["images"] == 1
