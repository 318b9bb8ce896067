"""From a template and values to one HTML file that opens without a network."""

import base64
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

if TYPE_CHECKING:
    from hilum.reports.figures.style import Paint

version = cache(metadata.version)
NOTICE = "For research, not a medical device. No diagnosis or treatment may rest on this page."


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("hilum.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, *, kind: str, title: str, values: dict[str, Any]) -> str:
    """One HTML document.

    Args:
        template: file name under `templates/`.
        kind: what the page is, above its title.
        title: of the page.
        values: what the template shows; each value is escaped unless it is Markup.
    """
    page = _templates().get_template(template)
    return page.render(kind=kind, title=title, notice=NOTICE, version=version("hilum"), **values)


def data_uri(content: bytes, media_type: str) -> str:
    """The content itself as an address, so that a page needs no second file."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def figure(paint: "Paint", *, size: tuple[float, float], label: str) -> Markup:
    """A figure as it stands in a page."""
    from hilum.reports.figures.style import inline, to_svg  # Matplotlib, which a page of tables needs not wait for

    return inline(to_svg(paint, size=size, label=label))
