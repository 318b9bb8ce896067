"""The pages: worklist, one reading, and the door where a key is asked for."""

import json
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from hilum.reports.words import NO_LUNGS_NOTE, SIDE_NOTE
from hilum.schema.findings import key
from hilum.serve import feedback, queue, results
from hilum.serve import worklist as lists
from hilum.serve.access import COOKIE, OfDoor, needs
from hilum.serve.door import Door
from hilum.serve.pages import page
from hilum.serve.routes.images import member_of, row_of, take_in
from hilum.serve.summary import names_of
from hilum.serve.worklist import Filters

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
CHIPS = 5  # findings that stand in a row of the worklist
LONGEST = 1000  # bytes of a form without files
Word = Annotated[str, Query(max_length=100)]


@router.get("/")
def worklist(
    door: OfDoor,
    _: Annotated[str, Depends(needs("read"))],
    state: Word = "",
    view: Word = "",
    finding: Word = "",
    order: Word = "findings",
) -> HTMLResponse:
    """Images, those with findings above their operating points first."""
    return _listed(door, Filters(state, view, finding, order))


@router.post("/search")
async def search(request: Request, door: OfDoor, who: Annotated[str, Depends(needs("read"))]) -> HTMLResponse:
    """The images of one study or patient; what was asked for stands in no address and no log."""
    words = (await _form(request)).get("words", "").strip()[:100]
    door.audit.note(who, "search")
    return _listed(door, Filters(words=words))


def _listed(door: Door, filters: Filters) -> HTMLResponse:
    found = queue.counts(door.database)
    counts = {name: sum(found.get(state, 0) for state in states) for name, states in lists.STATES.items()}
    values = {
        "images": lists.images(door.database, filters, door.intake.secret),
        "filters": filters,
        "filtered": filters != Filters(order=filters.order),
        "states": list(lists.STATES),
        "counts": counts,
        "troubles": door.readiness()["troubles"],
        "most": lists.SHOWN,
        "chips": CHIPS,
        **lists.facets(door.database),
    }
    return page("worklist.html", title="Worklist", values=values)


@router.get("/images/{image_id}")
def reading(image_id: str, door: OfDoor, who: Annotated[str, Depends(needs("read"))]) -> HTMLResponse:
    """What was made of one image."""
    row = row_of(door, image_id)
    door.audit.note(who, "open reading", image_id)
    image = lists.shown(row)
    before, behind = lists.neighbors(door.database, row)
    runs = names_of(image["summary"])
    objects = door.database.rows.execute(
        "SELECT sop_uid, modality, member FROM objects WHERE image_id = ? ORDER BY rowid", (image_id,)
    ).fetchall()
    values = {
        "image": image,
        "findings": _findings(door, image) if image["state"] == "read" else [],
        "runs": runs,
        "heats": _heats(door, image),
        "masks": _layers(door, image_id, results.MASKS),
        "boxes": [box | {"run": run["run"]} for run in image["summary"].get("runs", []) for box in run["boxes"]],
        "priors": lists.others(door.database, row),
        "objects": {run: [dict(each) for each in objects if each["member"].startswith(f"{run}/")] for run in runs},
        "before": before,
        "behind": behind,
        "reader": "" if who == "local" else who,
        "side_note": SIDE_NOTE,
        "no_lungs_note": NO_LUNGS_NOTE,
    }
    return page("image.html", title="Reading", values=values)


def _findings(door: Door, image: dict[str, Any]) -> list[dict[str, Any]]:
    """Each finding with what the model and the readers say of it: called ones first, then by probability."""
    summary, said = image["summary"], feedback.of_image(door.database, image["image_id"])
    found = [
        {
            "name": name,
            "probability": probability,
            "runs": [
                {
                    "run": run["run"],
                    "probability": run["probabilities"][name],
                    "point": run["points"].get(name),
                    "called": name in run["called"],
                }
                for run in summary.get("runs", [])
                if name in run["probabilities"]
            ],
            "called": name in summary["called"],
            "words": [each for each in said if each.finding == name],
        }
        for name, probability in summary["probabilities"].items()
    ]
    return sorted(found, key=lambda each: (not each["called"], -(each["probability"] or 0.0)))


def _heats(door: Door, image: dict[str, Any]) -> list[dict[str, str]]:
    """The heatmaps of all Runs, under the names that the findings have in the list."""
    names = {key(name): name for name in image["summary"].get("probabilities", {})}
    return [
        each | {"run": run, "finding": names.get(key(each["finding"]), each["finding"])}
        for run in names_of(image["summary"])
        for each in _layers(door, image["image_id"], results.HEATS, run)
    ]


def _layers(door: Door, image_id: str, member: str, run: str = "") -> list[dict[str, str]]:
    return json.loads(member_of(door, image_id, member, run) or b"[]")  # type: ignore[no-any-return]


@router.post("/upload")
async def upload(request: Request, door: OfDoor, who: Annotated[str, Depends(needs("submit"))]) -> RedirectResponse:
    """Keep what a form sent, and show the worklist: for browsers without scripts."""
    await take_in(request, door, who, "page")
    return RedirectResponse("/", 303)


@router.get("/key")
def ask_key() -> HTMLResponse:
    """The form that asks for a key."""
    return page("key.html", title="Key", values={"wrong": False})


@router.post("/key", response_model=None)
async def take_key(request: Request, door: OfDoor) -> RedirectResponse | HTMLResponse:
    """Keep a right key in a cookie that no script can read and no other site's page can send."""
    key = (await _form(request)).get("key", "").strip()
    if door.keys.check(key) is None:
        return page("key.html", title="Key", status=401, values={"wrong": True})
    answer = RedirectResponse("/", 303)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure)
    return answer


async def _form(request: Request) -> dict[str, str]:
    """The first value of each field of a small form; what lies beyond `LONGEST` bytes is not read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            break
    return {name: values[0] for name, values in parse_qs(body[:LONGEST].decode("utf-8", "replace")).items()}
