"""How boxes were measured, in sentences that one pastes into a paper, from what the evaluation says of its making."""

from collections.abc import Iterator, Mapping
from typing import Any

from hilum.evaluation.export import number
from hilum.evaluation.matching.boxes import CENTER
from hilum.evaluation.methods import INTERVALS, software
from hilum.schema import Evaluation

SAID = {
    "rsna_score": (
        "The RSNA score is that of the RSNA Pneumonia Detection Challenge: right boxes among right, false and missed "
        "ones of an image, averaged over overlaps from 0.40 to 0.75 by 0.05 and over the images that bear a true or a "
        "predicted box."
    ),
    "coco_average_precision": "COCO's average precision is the mean over ten overlaps, 0.50 to 0.95 (at 0.5: AP50).",
    "box_average_precision": "The average precision of boxes is the area under the falling precision-recall curve.",
    "froc_score": "The FROC score is the mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false boxes an image.",
    "image_auroc": "The AUROC of images takes an image's surest box as its score, and 0 without any.",
}


def box_methods(evaluation: Evaluation) -> str:
    """A paragraph of plain sentences; what the provenance does not know is not said."""
    return " ".join((*_what(evaluation), *_intervals(evaluation.provenance), *software(evaluation.provenance)))


def _what(evaluation: Evaluation) -> Iterator[str]:
    held = evaluation.provenance
    hit = held.get("hit", 0.4)
    rule = "its center lies in the true one" if hit == CENTER else f"their intersection over union is at least {hit:g}"
    yield f"Boxes were evaluated on {number(held['images'], 0)} images of {number(held['patients'], 0)} patients."
    yield (
        f"A predicted box finds a true one where {rule}; the surest box of an image chooses first, the one it overlaps "
        "most among those not yet found."
    )
    measured = {str(name).partition("@")[0] for name in evaluation.rows.metric}
    yield from (sentence for name, sentence in SAID.items() if name in measured)


def _intervals(held: Mapping[str, Any]) -> Iterator[str]:
    kind = INTERVALS.get(held.get("interval", ""), "percentile")
    yield (
        f"{100 * held.get('level', 0.95):g} % confidence intervals are {kind} intervals from "
        f"{number(held['replicates'], 0)} bootstrap replicates over patients (seed {held.get('seed', 0)}), images that "
        "a score leaves out among them."
    )
