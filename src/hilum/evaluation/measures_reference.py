"""The page docs/reference/measures.md, made from the docstrings of what is registered.

python -m hilum.evaluation.measures_reference docs/reference/measures.md
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from hilum.evaluation.box_fusion import box_fusions
from hilum.evaluation.box_operating_points import box_operating_points
from hilum.evaluation.calibrators import calibrators
from hilum.evaluation.corrections import corrections
from hilum.evaluation.fusion import fusions
from hilum.evaluation.metrics import box_metrics, mask_metrics, metrics
from hilum.evaluation.operating_points import operating_points
from hilum.registry import Registry
from hilum.schema.files import write_text

HEAD = """# What is measured, and how

Made from the code by `python -m hilum.evaluation.measures_reference docs/reference/measures.md`; a test checks that it
is up to date. Every metric agrees with scikit-learn, SciPy or a worked example in a test.

A label is present (1) or absent (0); uncertain and missing labels are left out, counted and shown. `macro` is the mean
over the findings of which both classes are there, `weighted` the same weighted by images with the finding, `micro` all
labels pooled. Intervals are 95 % and take patients, not images, for independent: in closed form (`interval="wilson"`,
the default; [how it was chosen](../explanation/intervals.md)) for AUROC, average precision, recall, specificity,
precision, accuracy, balanced accuracy and F1, else from a bootstrap that draws patients: percentile, or bias-corrected
and accelerated (`interval="bca"`). A mean over findings leaves out replicates that lack one of them. The calibration
error has none. `delong` gives an AUROC's interval from its variance, patients as clusters. A reader's calls, 0 or 1,
have neither metrics of order nor of probability.
"""
SECTIONS: tuple[tuple[str, str, Registry], ...] = (
    ("Metrics", "Of one finding; those of an image's whole set of findings stand under `micro`.", metrics),
    ("Metrics of boxes", "Of one finding, after predicted boxes are matched to true ones.", box_metrics),
    ("Metrics of masks", "Of one structure, after regions are laid upon each other.", mask_metrics),
    (
        "Operating points",
        "Fitted on validation images: from which probability on a finding is called.",
        operating_points,
    ),
    ("Cuts of boxes", "Fitted on validation images: from which score on a box is drawn.", box_operating_points),
    ("Calibration", "Fitted on validation images, one a finding; no image is moved past another.", calibrators),
    ("Corrections of p", "Over the findings and models of a measure.", corrections),
    ("Fusion", "Several predictions of the same images become one.", fusions),
    ("Fusion of boxes", "Boxes of a finding that lie over each other become one.", box_fusions),
)


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join([HEAD, *(line for section in SECTIONS for line in _section(*section))])


def _section(title: str, text: str, registry: Registry) -> Iterator[str]:
    yield f"## {title}\n\n{text}\n"
    yield "| name | what it says | gives | source |\n|---|---|---|---|"
    for name in registry:
        yield f"| `{name}` | {' | '.join(_said(inspect.cleandoc(registry[name].__doc__ or '')))} |"
    yield ""


def _said(text: str) -> tuple[str, str, str]:
    """What a docstring says, what it returns, and its source; arguments and examples are left out."""
    says, gives, source = [], "", ""
    for paragraph in re.sub(r"Arguments as in `\w+`\. ?", "", text).split("\n\n"):
        line = " ".join(paragraph.split())
        if line.startswith("Returns:"):
            gives = line.removeprefix("Returns: ")
        elif line.startswith("Source:"):
            source = line.removeprefix("Source: ")
        elif line and not line.startswith(("Args:", ">>>", "Raises:")):
            says.append(line)
    return " ".join(says), gives, source


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), page())
