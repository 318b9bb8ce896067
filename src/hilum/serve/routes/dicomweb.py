"""/dicom-web: STOW-RS for images; QIDO-RS and WADO-RS for the objects that were made of them.

Source: DICOM PS3.18, 10.4 (retrieve), 10.5 (store), 10.6 (search).
"""

import io
import uuid
from typing import Annotated, Any

import pydicom
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from hilum.serve.access import OfDoor, needs
from hilum.serve.door import Door
from hilum.serve.routes.images import Taken, object_member, take_in

router = APIRouter(prefix="/dicom-web", tags=["DICOMweb"])
JSON, DICOM = "application/dicom+json", "application/dicom"
FAILURES = {409: 0x0111, 413: 0xA700, 429: 0xA700, 503: 0xA700, 400: 0xC000}  # PS3.18 table I.2-2
KEYS = {"StudyInstanceUID": "study_uid", "0020000D": "study_uid", "SeriesInstanceUID": "series_uid",
        "0020000E": "series_uid", "SOPInstanceUID": "sop_uid", "00080018": "sop_uid", "SOPClassUID": "sop_class",
        "00080016": "sop_class", "Modality": "modality", "00080060": "modality"}  # fmt: skip
PAGING = ("limit", "offset", "includefield", "fuzzymatching")
MOST = 1000
Reader = Annotated[str, Depends(needs("read"))]


@router.post("/studies", response_model=None)
@router.post("/studies/{study_uid}", response_model=None)
async def store(
    request: Request, door: OfDoor, who: Annotated[str, Depends(needs("submit"))], study_uid: str = ""
) -> JSONResponse:
    """Keep images: 200 when all are kept, 202 when some are, 409 (or 503, 429) when none is."""
    del study_uid  # an image says itself of which study it is
    taken = await take_in(request, door, who, "stow")
    kept, refused = [each for each in taken if each.image_id], [each for each in taken if not each.image_id]
    answer: dict[str, Any] = {}
    if kept:
        answer["00081199"] = {"vr": "SQ", "Value": [_reference(each) for each in kept]}
    if refused:
        reasons = [{"00081197": {"vr": "US", "Value": [FAILURES.get(each.status, 0x0110)]}} for each in refused]
        answer["00081198"] = {"vr": "SQ", "Value": reasons}
    busy = {each.status for each in refused} & {429, 503}
    code = 200 if kept and not refused else 202 if kept else 503 if busy else 409
    return JSONResponse(answer, code, {"Retry-After": "30"} if busy else {}, media_type=JSON)


@router.get("/studies", response_model=None)
def studies(request: Request, door: OfDoor, _: Reader) -> JSONResponse:
    """Studies of which there are objects."""
    return _found(_search(request, door), ("study_uid",))


@router.get("/series", response_model=None)
@router.get("/studies/{study_uid}/series", response_model=None)
def series(request: Request, door: OfDoor, _: Reader, study_uid: str = "") -> JSONResponse:
    """Series of objects."""
    return _found(_search(request, door, study_uid=study_uid), ("study_uid", "series_uid", "modality"))


@router.get("/instances", response_model=None)
@router.get("/studies/{study_uid}/instances", response_model=None)
@router.get("/studies/{study_uid}/series/{series_uid}/instances", response_model=None)
def instances(request: Request, door: OfDoor, _: Reader, study_uid: str = "", series_uid: str = "") -> JSONResponse:
    """Objects."""
    found = _search(request, door, study_uid=study_uid, series_uid=series_uid)
    return _found(found, ("study_uid", "series_uid", "modality", "sop_uid", "sop_class"))


@router.get("/studies/{study_uid}/metadata", response_model=None)
@router.get("/studies/{study_uid}/series/{series_uid}/metadata", response_model=None)
@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/metadata", response_model=None)
def metadata(
    request: Request, door: OfDoor, _: Reader, study_uid: str, series_uid: str = "", sop_uid: str = ""
) -> JSONResponse:
    """Objects without their pixels."""
    said = []
    for content in _contents(request, door, study_uid=study_uid, series_uid=series_uid, sop_uid=sop_uid):
        dataset = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
        said.append(dataset.to_json_dict(bulk_data_threshold=1 << 30, bulk_data_element_handler=lambda _: ""))
    return JSONResponse(said, media_type=JSON)


@router.get("/studies/{study_uid}", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}", response_class=Response)
@router.get("/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}", response_class=Response)
def retrieve(
    request: Request, door: OfDoor, who: Reader, study_uid: str, series_uid: str = "", sop_uid: str = ""
) -> Response:
    """Objects as they are."""
    boundary, body = uuid.uuid4().hex, io.BytesIO()
    for content in _contents(request, door, study_uid=study_uid, series_uid=series_uid, sop_uid=sop_uid):
        body.write(b"--%b\r\nContent-Type: application/dicom\r\n\r\n%b\r\n" % (boundary.encode(), content))
    body.write(b"--%b--\r\n" % boundary.encode())
    door.audit.note(who, "retrieve objects")
    return Response(body.getvalue(), media_type=f'multipart/related; type="{DICOM}"; boundary={boundary}')


def _search(request: Request, door: Door, **path: str) -> list[dict[str, str]]:
    """Rows of objects that the path and the query ask for.

    Raises:
        HTTPException: 400 for a key that is not looked for here; a patient's name or id has no place in an address.
    """
    asked = {name: value for name, value in path.items() if value}
    for name, value in request.query_params.items():
        if name in KEYS:
            asked[KEYS[name]] = value
        elif name not in PAGING:
            raise HTTPException(
                400, f"Expected any of these keys: {', '.join(key for key in KEYS if not key.isdigit())}."
            )
    where = " AND ".join(f"{column} = ?" for column in asked)
    limit, offset = _number(request, "limit", MOST), _number(request, "offset", 0)
    rows = door.database.rows.execute(
        f"SELECT * FROM objects {'WHERE ' + where if where else ''} ORDER BY rowid LIMIT ? OFFSET ?",
        (*asked.values(), min(limit, MOST), offset),
    )
    return [dict(row) for row in rows]


def _number(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


def _contents(request: Request, door: Door, **path: str) -> list[bytes]:
    found = _search(request, door, **path)
    contents = [object_member(door, row["image_id"], row["member"]) for row in found]
    if not any(contents):
        raise HTTPException(404, "There is no such object.")
    return [content for content in contents if content]


def _found(rows: list[dict[str, str]], columns: tuple[str, ...]) -> JSONResponse:
    """Each different one once, in DICOM's JSON."""
    tags = {"study_uid": ("0020000D", "UI"), "series_uid": ("0020000E", "UI"), "sop_uid": ("00080018", "UI"),
            "sop_class": ("00080016", "UI"), "modality": ("00080060", "CS")}  # fmt: skip
    different = dict.fromkeys(tuple(row[column] for column in columns) for row in rows)
    said = [
        {
            tags[column][0]: {"vr": tags[column][1], "Value": [value]}
            for column, value in zip(columns, values, strict=True)
        }
        for values in different
    ]
    return JSONResponse(said, media_type=JSON)


def _reference(taken: Taken) -> dict[str, Any]:
    return {
        "00081150": {"vr": "UI", "Value": [taken.sop_class] if taken.sop_class else []},
        "00081155": {"vr": "UI", "Value": [taken.sop_uid]},
    }
