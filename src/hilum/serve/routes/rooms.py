"""The pages: worklist, one reading, and the door where a key is asked for."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from hilum.serve import feedback, results
from hilum.serve.access import COOKIE, OfDoor, needs
from hilum.serve.pages import page
from hilum.serve.routes.images import member_of, row_of, take_in

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SHOWN = 200


@router.get("/")
def worklist(door: OfDoor, _: Annotated[str, Depends(needs("read"))]) -> HTMLResponse:
    """Images, those with findings above their operating points first."""
    rows = door.database.rows.execute(
        "SELECT * FROM images WHERE state != 'expired' ORDER BY above DESC, number DESC LIMIT ?", (SHOWN,)
    )
    images = [dict(row) | {"summary": json.loads(row["summary"])} for row in rows]
    return page("worklist.html", title="Worklist", values={"images": images})


@router.get("/images/{image_id}")
def reading(image_id: str, door: OfDoor, who: Annotated[str, Depends(needs("read"))]) -> HTMLResponse:
    """What was made of one image."""
    row = row_of(door, image_id)
    heats = json.loads(member_of(door, image_id, results.HEATS) or b"[]")
    door.audit.note(who, "open reading", image_id)
    values = {
        "image": dict(row) | {"summary": json.loads(row["summary"])},
        "heats": heats,
        "said": feedback.of_image(door.database, image_id),
    }
    return page("image.html", title="Reading", values=values)


@router.post("/upload")
async def upload(request: Request, door: OfDoor, who: Annotated[str, Depends(needs("submit"))]) -> RedirectResponse:
    """Keep what a form sent, and show the worklist."""
    await take_in(request, door, who, "page")
    return RedirectResponse("/", 303)


@router.get("/key")
def ask_key() -> HTMLResponse:
    """The form that asks for a key."""
    return page("key.html", title="Key", values={"wrong": False})


@router.post("/key", response_model=None)
async def take_key(request: Request, door: OfDoor) -> RedirectResponse | HTMLResponse:
    """Keep a right key in a cookie that no script can read and no other site's page can send."""
    from urllib.parse import parse_qs

    body = (await request.body())[:1000]
    key = parse_qs(body.decode("ascii", "replace")).get("key", [""])[0].strip()
    if door.keys.check(key) is None:
        return page("key.html", title="Key", status=401, values={"wrong": True})
    answer = RedirectResponse("/", 303)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure)
    return answer
