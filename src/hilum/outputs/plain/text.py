"""Findings in words: fixed sentences, each with the id of what it says, and nothing that the reading does not say."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from hilum.outputs.regions import Box, boxes_in, place_of
from hilum.registry import register
from hilum.schema import Assessment, ConfigError, Measurement, Reading
from hilum.schema.findings import display, key
from hilum.schema.yaml_files import load_yaml

RATIO = "cardiothoracic_ratio"


@register
def text(reading: Reading, source: pydicom.Dataset | None, *, language: str = "en") -> str:
    """Findings in words: a sentence each, with its finding's id; the first line says that nobody reviewed it.

    A side and a zone are said of marked boxes alone: of the patient where the file gives the image's orientation,
    else of the picture. The sentences are those of `text_<language>.yaml`.

    Raises:
        ConfigError: for a language without such a file.
    """
    words = _Words(_templates(language), reading, source)
    lines = [words.unreviewed(), *words.caveats()]
    for call in ("present", "absent", "not assessed"):
        for assessment in reading.called(call):
            lines += words.of_finding(assessment)
    lines += [words.of_measurement(each) for each in reading.measurements]
    return "\n".join(lines) + "\n"


class _Words:
    """The sentences of one reading, each with its id in front."""

    def __init__(self, templates: dict[str, Any], reading: Reading, source: pydicom.Dataset | None) -> None:
        self.templates, self.reading, self.source = templates, reading, source
        self.names = {key(name): said for name, said in templates["findings"].items()}

    def unreviewed(self) -> str:
        return str(self.templates["unreviewed"]).format(model=self.reading.model)

    def caveats(self) -> Iterator[str]:
        """View and quality."""
        views = self.templates["view"]
        yield f"[view] {views.get(self.reading.view, views['unknown'])}"
        for note in self.reading.notes:
            yield f"[quality] {self.templates['note'].get(note, note)}"

    def of_finding(self, assessment: Assessment) -> Iterator[str]:
        """What is said of it, then where each of its boxes lies."""
        template = {"present": "present", "absent": "absent"}.get(assessment.call)
        if template is None:
            template = "no_probability" if np.isnan(assessment.probability) else "no_point"
        said = self.templates[template].format(
            finding=self.names.get(key(assessment.finding), display(assessment.finding)),
            probability=f"{assessment.probability:.2f}",
            threshold="" if assessment.threshold is None else f"{assessment.threshold:.2f}",
        )
        yield f"[{assessment.finding}] {said}"
        if assessment.call == "present":
            for box in boxes_in(self.reading.boxes_of(assessment.finding)):
                yield f"[{assessment.finding}] {self._place(box)}"

    def of_measurement(self, measurement: Measurement) -> str:
        value = f"{measurement.value:.2f}" + ("" if measurement.unit == "1" else f" {measurement.unit}")
        if measurement.name == RATIO:
            template = "ratio_frontal" if self.reading.view == "PA" else "ratio_other"
            return f"[{RATIO}] {self.templates[template].format(value=value)}"
        said = self.templates["measured"].format(measurement=display(measurement.name), value=value)
        return f"[{measurement.name}] {said}"

    def _place(self, box: Box) -> str:
        place = place_of(box, self.reading.masks, self.reading.pixels.shape[1], self.source)
        template = self.templates["side"][place.side] if place.side else self.templates["half"][place.half]
        return str(template).format(zone=self.templates["zone"][place.zone] if place.zone else "")


def _templates(language: str) -> dict[str, Any]:
    folder = Path(str(files("hilum.outputs") / "plain"))
    languages = sorted(file.stem.removeprefix("text_") for file in folder.glob("text_*.yaml"))
    if language not in languages:
        raise ConfigError(f"There are no sentences in '{language}'. Expected one of: {', '.join(languages)}.")
    found: dict[str, Any] = load_yaml(folder / f"text_{language}.yaml")
    return found
