"""/api/v1/drift and its page: whether what arrives is still like what the model was fitted on."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import HTMLResponse

from hilum.evaluation import OperatingPoints
from hilum.schema.files import without_nan
from hilum.serve.access import OfDoor, needs
from hilum.serve.door import Door
from hilum.serve.drift import Reference, images_by_week, weekly
from hilum.serve.drift_charts import charts_of, odd_ones
from hilum.serve.pages import page

router = APIRouter(tags=["drift"])
MOST_WEEKS = 26  # on the page
OfRun = Annotated[str, Query(max_length=255, description="Whose words, of several Runs; else the first one's.")]
Week = Annotated[
    str, Query(pattern=r"^([0-9]{4}-W[0-9]{2})?$", description="Of the period to compare with, as 2026-W07.")
]


@router.get("/api/v1/drift")
def drift(
    door: OfDoor, _: Annotated[str, Depends(needs("read"))], run: OfRun = "", since: Week = "", until: Week = ""
) -> list[dict[str, Any]]:
    """Week by week: views, flags of quality, brightness, probabilities, how often each finding was called.

    Beside it how often it was called on the images that the operating points were fitted on; or, with `since`, what all
    these were in the weeks from `since` to `until`. `stands_out`: so different a share would come by chance in fewer
    than one of a thousand such weeks.
    """
    chosen = _run(door, run)
    weeks = images_by_week(door.database, chosen)
    return without_nan(weekly(weeks, _reference(door, chosen, weeks, since, until)))  # type: ignore[no-any-return]


@router.get("/drift", include_in_schema=False, response_class=HTMLResponse)
def drift_page(
    door: OfDoor, _: Annotated[str, Depends(needs("read"))], run: OfRun = "", since: Week = "", until: Week = ""
) -> HTMLResponse:
    """The same as figures."""
    chosen = _run(door, run)
    weeks = images_by_week(door.database, chosen)
    said = weekly(weeks, _reference(door, chosen, weeks, since, until))[:MOST_WEEKS]
    values = {
        "run": chosen,
        "runs": [served.name for served in door.settings.served],
        "weeks": sorted(weeks),
        "since": since,
        "until": until or since,
        "charts": charts_of(said[::-1]),
        "odd": odd_ones(said),
        "latest": said[0] if said else None,
    }
    return page("drift.html", title="Drift", values=values)


def _run(door: Door, name: str) -> str:
    names = [served.name for served in door.settings.served]
    if name and name not in names:
        raise HTTPException(404, "No Run of this name reads here.")
    return name or names[0]


def _reference(door: Door, run: str, weeks: dict[str, list[dict[str, Any]]], since: str, until: str) -> Reference:
    if not since:
        return Reference.fitted(points_of(door, run))
    return Reference.period([each for week, images in weeks.items() if since <= week <= (until or since)
                             for each in images])  # fmt: skip


def points_of(door: Door, run: str) -> OperatingPoints | None:
    """The operating points of a Run that reads; None where it has none."""
    folder = next(served.folder for served in door.settings.served if served.name == run)
    file = folder / "operating_points.json"
    return OperatingPoints.from_dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None
