"""/healthz, /readyz and /metrics: whether the server answers, whether images are read, and how many."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from hilum.serve.access import OfDoor, needs

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, Any]:
    """That the loop answers; it asks neither the database nor the worker."""
    return {"alive": True}


@router.get("/readyz", response_model=None)
def readyz(door: OfDoor) -> JSONResponse:
    """Whether images are taken and read, with the reasons where they are not: 200 or 503."""
    found = door.readiness()
    return JSONResponse(found, 200 if found["ready"] else 503)


@router.get("/metrics", response_class=Response)
def metrics(door: OfDoor, _: Annotated[str, Depends(needs("admin"))]) -> Response:
    """For Prometheus."""
    return Response(door.metrics.text(door.supervisor.heard.ends), media_type="text/plain; version=0.0.4")
