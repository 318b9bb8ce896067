"""The Run that ships inside Hilum, so that a first reading needs no download."""

import json
from pathlib import Path

from hilum.models.published.weights import Weights
from hilum.registry import register

FOLDER = Path(__file__).parents[2] / "starter"  # a Run folder in the package


@register
def starter() -> tuple[Weights, ...]:
    """The Run inside this package, where it has one."""
    weights = FOLDER / "weights.safetensors"
    if not weights.is_file():
        return ()
    named, preprocess = (
        json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in ("findings", "preprocess")
    )
    return (
        Weights(
            name="starter",
            encoder="",
            outputs=tuple(named["findings"]),
            preprocess=preprocess,
            license="Apache-2.0",
            address="in the package",
            megabytes=weights.stat().st_size / 1e6,
            learned_from="NIH ChestX-ray14",
            direct=False,
            inside=weights,
        ),
    )
