"""/api/v1/drift: whether what arrives is still like what the model was fitted on."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from hilum.evaluation import OperatingPoints
from hilum.serve.access import OfDoor, needs
from hilum.serve.door import Door
from hilum.serve.drift import weekly
from hilum.serve.model import folder_of

router = APIRouter(prefix="/api/v1", tags=["drift"])


@router.get("/drift")
def drift(door: OfDoor, _: Annotated[str, Depends(needs("admin"))]) -> list[dict[str, Any]]:
    """Week by week: views, brightness, probabilities, how often each finding was called, and how often when fitted.

    `stands_out` says that so different a share would come by chance in fewer than one of a thousand such weeks.
    """
    return weekly(door.database, points_of(door))


def points_of(door: Door) -> OperatingPoints | None:
    """The operating points of the Run that reads; None where it has none."""
    file = folder_of(door.settings) / "operating_points.json"
    return OperatingPoints.from_dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None
