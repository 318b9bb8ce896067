"""Pages of the reading room: templates of the server, in the clothes of the reports."""

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from hilum.reports.page import NOTICE

STATIC = Path(__file__).parent / "static"


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("hilum.serve"), jinja2.PackageLoader("hilum.reports")]),
        autoescape=True,  # a tag's text stays text
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, *, title: str, status: int = 200, values: dict[str, Any]) -> HTMLResponse:
    """One page.

    Args:
        template: file name under `templates/`.
        title: of the page.
        status: code of the answer.
        values: what the template shows; each value is escaped.
    """
    text = (
        _templates()
        .get_template(template)
        .render(kind="reading room", title=title, notice=NOTICE, version=version("hilum"), **values)
    )
    return HTMLResponse(text, status)
