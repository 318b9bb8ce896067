"""The application: routes, guards, and nothing that a route does not need."""

from importlib.metadata import version

from fastapi import FastAPI, HTTPException
from fastapi.staticfiles import StaticFiles

from hilum.serve.access import guard, refusal, to_the_key
from hilum.serve.door import Door
from hilum.serve.pages import STATIC
from hilum.serve.refused import Refused
from hilum.serve.routes import dicomweb, drift, feedback, health, images, rooms

NOTICE = "For research, not a medical device. No diagnosis or treatment may rest on what this server says."


def make_app(door: Door) -> FastAPI:
    """The application of one server; it starts and stops nothing."""
    app = FastAPI(
        title="Hilum",
        version=version("hilum"),
        description=f"{NOTICE}\n\nWhere keys were made: `Authorization: Bearer hilum_…`.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.door = door
    app.middleware("http")(guard)
    app.add_exception_handler(Refused, refusal)
    app.add_exception_handler(HTTPException, to_the_key)
    for part in (feedback, images, dicomweb, drift, health, rooms):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
