"""/api/v1/feedback: what readers say of readings, one by one and as tables."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel, Field

from hilum.schema import DataError
from hilum.serve import feedback
from hilum.serve.access import OfDoor, needs
from hilum.serve.routes.images import OfRun, row_of

router = APIRouter(prefix="/api/v1", tags=["feedback"])


class Word(BaseModel):
    """One reader's word on one finding."""

    finding: str = Field(description="As the model names it.")
    agrees: bool = Field(description="With the model's call, present or absent.")
    reader: str | None = Field(default=None, description="Who says so; the key's name when left out.")
    note: str = Field(default="", max_length=feedback.MOST_NOTE)


@router.post("/images/{image_id}/feedback")
def give(image_id: str, word: Word, door: OfDoor, who: Annotated[str, Depends(needs("feedback"))]) -> dict[str, Any]:
    """Agree or disagree with what was said of one finding; a later word of the same reader replaces an earlier one."""
    row_of(door, image_id)
    try:
        said = feedback.give(door.database, door.settings.folder, image_id, word.finding, reader=word.reader or who,
                             agrees=word.agrees, note=word.note)  # fmt: skip
    except DataError as error:
        raise HTTPException(422, str(error)) from error
    door.audit.note(who, "feedback", image_id)
    return asdict(said)


@router.get("/images/{image_id}/feedback")
def of_image(image_id: str, door: OfDoor, _: Annotated[str, Depends(needs("read"))]) -> list[dict[str, Any]]:
    """All that was said of one image."""
    row_of(door, image_id)
    return [asdict(each) for each in feedback.of_image(door.database, image_id)]


@router.get("/feedback/readings.csv", response_class=Response)
def readings(door: OfDoor, who: Annotated[str, Depends(needs("admin"))]) -> Response:
    """The readers' calls: a row an image and reader, 1, 0 or nothing a finding, as `hilum readers` takes them."""
    door.audit.note(who, "export readings")
    return Response(feedback.readings_table(door.database).to_csv(index=False), media_type="text/csv")


@router.get("/feedback/predictions.csv", response_class=Response)
def predictions(door: OfDoor, who: Annotated[str, Depends(needs("admin"))], run: OfRun = "") -> Response:
    """What the model, or one of several Runs, said of the same images: a Predictions table."""
    door.audit.note(who, "export predictions")
    return Response(feedback.predictions_table(door.database, run).to_csv(index=False), media_type="text/csv")
