"""Who may come in over HTTP, and what every answer says to browsers."""

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import JSONResponse, RedirectResponse

from hilum.schema.files import FULL
from hilum.serve.door import Door
from hilum.serve.refused import Refused, disk_full

LOG = logging.getLogger("hilum.serve")
COOKIE = "hilum_key"
# Scripts and styles are files of ours; a tag's text that became markup could neither run nor load anything.
POLICY = ("default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")  # fmt: skip
# A page that was made to stand alone: nothing in it runs.
ALONE = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAFE = ("GET", "HEAD", "OPTIONS")


def door_of(request: Request) -> Door:
    """The server that a request came to."""
    door: Door = request.app.state.door
    return door


OfDoor = Annotated[Door, Depends(door_of)]


def needs(scope: str) -> Callable[[Request], str]:
    """A dependency that gives who asks, and refuses who may not.

    Args:
        scope: what the route does, one of `keys.SCOPES`.
    """

    def who(request: Request) -> str:
        door = door_of(request)
        if door.is_open:
            return "local"
        said = request.headers.get("authorization", "")
        from_cookie = not said
        shown = request.cookies.get(COOKIE, "") if from_cookie else said.removeprefix("Bearer ").strip()
        key = door.keys.check(shown)
        if key is None:
            raise HTTPException(
                401, "Expected a valid key: Authorization: Bearer hilum_…", {"WWW-Authenticate": "Bearer"}
            )
        if scope not in key.scopes:
            raise HTTPException(403, f"This key may not do that: it lacks the scope '{scope}'.")
        if from_cookie and request.method not in SAFE and not _same_origin(request):
            raise HTTPException(403, "This request comes from another site's page.")
        return key.name

    return who


def _same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Count each answer, give it its headers, and keep what goes wrong inside from telling a tag."""
    door = door_of(request)
    if door.is_open and not _is_loopback(request):
        return JSONResponse({"detail": "Expected this server under its local name."}, 403)
    try:
        response = await call_next(request)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL:
            response = refusal(request, disk_full())
        else:
            LOG.error("%s failed: %s", _route(request), type(error).__name__)
            response = JSONResponse({"detail": "The server failed. Its log names the kind of error."}, 500)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", POLICY)
    door.metrics.answered(_route(request), response.status_code)
    return response


def refusal(_: Request, refused: Exception) -> JSONResponse:
    """What was not taken, as an answer."""
    assert isinstance(refused, Refused)
    again = refused.retry_after_seconds
    headers = {} if again is None else {"Retry-After": str(again)}
    return JSONResponse({"detail": str(refused)}, refused.http, headers)


async def to_the_key(request: Request, error: Exception) -> Response:
    """Show a browser that has no valid key the page that asks for one; all others get the error."""
    assert isinstance(error, HTTPException)
    browser = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if error.status_code == 401 and browser:
        return RedirectResponse("/key", 303)
    return await http_exception_handler(request, error)


def _is_loopback(request: Request) -> bool:
    """Whether the address in the browser is this machine's own: another name for it would be an attack by DNS."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    same = request.method in SAFE or request.headers.get("origin") is None or _same_origin(request)
    return host in ("127.0.0.1", "::1", "localhost", "testserver") and same


def _route(request: Request) -> str:
    """The route's pattern; never the address, in which ids stand."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "unknown"))
