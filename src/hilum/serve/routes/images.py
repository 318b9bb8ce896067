"""/api/v1/images: send images, ask what became of them, fetch what was made."""

import asyncio
import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from hilum.serve import queue, results
from hilum.serve.access import ALONE, OfDoor, needs
from hilum.serve.bodies import files_of, spool
from hilum.serve.door import Door
from hilum.serve.refused import Refused, not_understood
from hilum.serve.summary import names_of

router = APIRouter(prefix="/api/v1", tags=["images"])
ENDED = ("read", "failed", "dead")
LOOK_SECONDS, LONGEST_WAIT = 0.01, 60.0
MEDIA = {
    results.READING: "application/json",
    results.PAGE: "text/html; charset=utf-8",
    results.PICTURE: "image/jpeg",
    results.PIXELS: "image/png",
    results.HEATS: "application/json",
    results.MASKS: "application/json",
    results.FHIR: "application/fhir+json",
}
OfRun = Annotated[str, Query(max_length=255, description="Whose result, of several Runs; the first one's if left out.")]
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the end of reading.")]


class Taken(BaseModel):
    """What became of one file that was sent."""

    image_id: str | None = None
    outcome: str
    status: int
    reason: str | None = None
    sop_uid: str | None = None
    sop_class: str | None = None


class Status(BaseModel):
    """Where an image stands."""

    image_id: str
    state: str
    reason: str | None
    source: str
    received: float
    finished: float | None
    attempts: int
    above: int
    summary: dict[str, Any]
    objects: list[str]


async def take_in(request: Request, door: Door, who: str, source: str) -> list[Taken]:
    """Keep every image in a request's body."""
    door.intake.check_room()
    body = await spool(request.stream(), door.settings)
    return await run_in_threadpool(_take, door, body, request.headers.get("content-type", ""), who, source)


def _take(door: Door, body: Any, content_type: str, who: str, source: str) -> list[Taken]:
    taken = []
    for file in files_of(body, content_type, door.settings):
        try:
            if isinstance(file, Refused):
                raise file
            receipt = door.intake.receive(file, source)
        except Refused as refused:
            door.metrics.refused(source, str(refused.http))
            door.audit.note(who, f"submit by {source}", outcome=f"refused {refused.http}")
            taken.append(Taken(outcome="refused", status=refused.http, reason=str(refused)))
            continue
        door.metrics.received(source, receipt.outcome)
        door.audit.note(who, f"submit by {source}", receipt.image_id, receipt.outcome)
        status = 202 if receipt.outcome == "accepted" else 200
        taken.append(Taken(image_id=receipt.image_id, outcome=receipt.outcome, status=status, sop_uid=receipt.sop_uid,
                           sop_class=receipt.sop_class))  # fmt: skip
    return taken


@router.post("/images", status_code=202, response_model=None)
async def submit(
    request: Request, door: OfDoor, who: Annotated[str, Depends(needs("submit"))], wait: Wait = 0
) -> JSONResponse:
    """Send images: the body is a DICOM, PNG, JPEG or zip file, or a form with such files.

    202 when they are kept to be read, 200 when they were here before, 207 when their answers differ; each has its own.
    With `wait`, the answer comes when the last one is read or failed.
    """
    taken = await take_in(request, door, who, "http")
    if not taken:
        raise not_understood("A request without a file")
    await _ended(door, [each.image_id for each in taken if each.image_id], wait)
    codes = {each.status for each in taken}
    headers = {"Retry-After": "30"} if codes & {429, 503} else {}
    images = [each.model_dump(exclude={"sop_uid", "sop_class"}, exclude_none=True) for each in taken]
    return JSONResponse({"images": images}, codes.pop() if len(codes) == 1 else 207, headers)


@router.get("/images")
def worklist(
    door: OfDoor,
    _: Annotated[str, Depends(needs("read"))],
    state: Annotated[str | None, Query(description="received, claimed, read, failed or dead.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Status]:
    """Images, the latest first."""
    where, values = ("WHERE state = ?", (state, limit)) if state else ("", (limit,))
    rows = door.database.rows.execute(f"SELECT * FROM images {where} ORDER BY number DESC LIMIT ?", values)
    return [_status(door, row) for row in rows]


@router.get("/images/{image_id}")
async def status(image_id: str, door: OfDoor, _: Annotated[str, Depends(needs("read"))], wait: Wait = 0) -> Status:
    """Where one image stands."""
    await _ended(door, [image_id], wait)
    return _status(door, row_of(door, image_id))


@router.get("/images/{image_id}/{member}", response_class=Response)
def result(
    image_id: str, member: str, door: OfDoor, who: Annotated[str, Depends(needs("read"))], run: OfRun = ""
) -> Response:
    """What was made of an image: one of `results`, as reading.json, reading.html, picture.jpg or fhir.json."""
    media = MEDIA.get(member) or ("image/png" if member.startswith(("heat-", "mask-")) else None)
    content = member_of(door, image_id, member, run) if media else None
    if content is None:
        raise HTTPException(404, "There is no such result.")
    if member in (results.READING, results.PAGE, results.FHIR):
        door.audit.note(who, f"fetch {member}", image_id)
    headers = {"Content-Security-Policy": ALONE} if member == results.PAGE else {}
    return Response(content, media_type=media, headers=headers)


@router.get("/images/{image_id}/objects/{sop_uid}", response_class=Response)
def object_(image_id: str, sop_uid: str, door: OfDoor, who: Annotated[str, Depends(needs("read"))]) -> Response:
    """One DICOM object that was made of an image."""
    row = door.database.rows.execute(
        "SELECT member FROM objects WHERE image_id = ? AND sop_uid = ?", (image_id, sop_uid)
    ).fetchone()
    content = object_member(door, image_id, row["member"]) if row else None
    if content is None:
        raise HTTPException(404, "There is no such object.")
    door.audit.note(who, "fetch object", image_id)
    return Response(content, media_type="application/dicom")


@router.post("/images/{image_id}/retry")
def retry(image_id: str, door: OfDoor, who: Annotated[str, Depends(needs("admin"))]) -> Status:
    """Read a failed image again."""
    row_of(door, image_id)
    if not queue.retry(door.database, image_id):
        raise HTTPException(409, "This image has not failed. Expected one in state failed or dead.")
    door.audit.note(who, "retry", image_id)
    door.supervisor.wake()
    return _status(door, row_of(door, image_id))


def row_of(door: Door, image_id: str) -> Any:
    """An image's row.

    Raises:
        HTTPException: 404 when there is none.
    """
    row = door.database.rows.execute(
        "SELECT * FROM images WHERE image_id = ? AND state != 'expired'", (image_id,)
    ).fetchone()
    if row is None:
        raise HTTPException(404, "There is no such image.")
    return row


def member_of(door: Door, image_id: str, member: str, run: str = "") -> bytes | None:
    """One member of an image's result, of one Run where each has its own; None where there is none."""
    row = row_of(door, image_id)
    if not row["result"]:
        return None
    if member not in results.OF_ALL and not member.startswith("mask-"):
        named = names_of(json.loads(row["summary"]))
        member = f"{run or (named or [''])[0]}/{member}"
    return results.read(door.settings.results / row["result"], member)


def object_member(door: Door, image_id: str, member: str) -> bytes | None:
    """A DICOM object of an image's result, by its row's member; None where it is gone."""
    name = row_of(door, image_id)["result"]
    return results.read(door.settings.results / name, member) if name else None


def _status(door: Door, row: Any) -> Status:
    objects = door.database.rows.execute("SELECT sop_uid FROM objects WHERE image_id = ?", (row["image_id"],))
    kept = {name: row[name] for name in Status.model_fields if name not in ("summary", "objects")}
    return Status(**kept, summary=json.loads(row["summary"]), objects=[each["sop_uid"] for each in objects])


async def _ended(door: Door, image_ids: list[str], seconds: float) -> None:
    """Wait until all of these are read or failed, but no longer than asked."""
    until = time.monotonic() + seconds
    for image_id in image_ids:
        while time.monotonic() < until:
            row = door.database.rows.execute("SELECT state FROM images WHERE image_id = ?", (image_id,)).fetchone()
            if row is None or row["state"] in ENDED:
                break
            await asyncio.sleep(LOOK_SECONDS)
