"""The page of measured chests: outlines, the two lines of the cardiothoracic ratio, and what could not be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hilum.images import Image
from hilum.reports.outlines import COLORS, OTHER, Line, Mask, outlined
from hilum.reports.page import render
from hilum.reports.provenance import provenance_facts
from hilum.reports.words import SIDE_NOTE
from hilum.schema.findings import display


@dataclass(frozen=True)
class Chest:
    """One measured image.

    Args:
        image: the image.
        regions: by structure, in the image's own pixels.
        lines: what was measured across it.
        facts: names and texts of the numbers.
        problems: why something was not measured, in sentences.
    """

    image: Image
    regions: Mapping[str, Mask]
    lines: Sequence[Line] = ()
    facts: Sequence[tuple[str, str]] = ()
    problems: Sequence[str] = field(default=())


def thorax_page(
    chests: Sequence[Chest], *, failures: Sequence[tuple[str, str]] = (), provenance: Mapping[str, Any]
) -> str:
    """Measured chests as one HTML file.

    Args:
        chests: in the order in which they are shown.
        failures: id and reason of what could not be read.
        provenance: model and versions.
    """
    values = {
        "chests": [_shown(chest) for chest in chests],
        "failures": list(failures),
        "side_note": SIDE_NOTE,
        "provenance": provenance_facts(dict(provenance)),
    }
    return render("thorax.html", kind="measures", title="Lungs and heart", values=values)


def _shown(chest: Chest) -> dict[str, Any]:
    names = [display(name) for name in chest.regions]
    label = f"Chest radiograph {chest.image.image_id} with outlines of {', '.join(names).lower() or 'nothing'}."
    return {
        "image_id": chest.image.image_id,
        "view": outlined(chest.image.pixels, chest.regions, lines=chest.lines, label=label),
        "key": [(display(name), COLORS.get(name, OTHER)) for name in chest.regions],
        "facts": chest.facts,
        "problems": chest.problems,
    }
