"""Whether a cheaper form of a model is as good as the model: AUROC before and after, on the same images."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hilum.evaluation.alignment import align
from hilum.evaluation.metrics import metrics
from hilum.schema import Cohort, DataError, LabelPredictions

MOST_MEAN_FALL = 0.002  # of the mean AUROC over findings
MOST_FALL = 0.005  # of any finding's AUROC
ROUNDING = 1e-9  # of a difference of two areas


@dataclass(frozen=True)
class Acceptance:
    """AUROC of a model and of its cheaper form.

    Args:
        before: by finding, of the model; findings of which a class is missing are not judged.
        after: by finding, of the cheaper form.
        images: on how many images.
        largest_difference: of a probability of any image and finding, whether it is labeled or not.
    """

    before: dict[str, float]
    after: dict[str, float]
    images: int
    largest_difference: float

    @property
    def mean_fall(self) -> float:
        """How much the mean AUROC falls; below 0 where it rises."""
        return float(np.mean(list(self.before.values())) - np.mean(list(self.after.values())))

    @property
    def worst(self) -> tuple[str, float]:
        """The finding whose AUROC falls most, and by how much."""
        falls = {finding: self.before[finding] - self.after[finding] for finding in self.before}
        finding = max(falls, key=lambda name: falls[name])
        return finding, falls[finding]

    @property
    def accepted(self) -> bool:
        """Whether neither the mean nor any finding falls by more than is allowed."""
        return self.mean_fall <= MOST_MEAN_FALL + ROUNDING and self.worst[1] <= MOST_FALL + ROUNDING

    @property
    def burden(self) -> float:
        """How much is lost as a multiple of what may be: accepted up to 1."""
        return max(self.mean_fall / MOST_MEAN_FALL, self.worst[1] / MOST_FALL)

    def to_dict(self) -> dict[str, Any]:
        """JSON values, with the figures that decide."""
        finding, fall = self.worst
        means = {
            "mean_before": float(np.mean(list(self.before.values()))),
            "mean_after": float(np.mean(list(self.after.values()))),
        }
        return means | {"worst_finding": finding, "worst_fall": fall} | asdict(self)

    def __str__(self) -> str:
        said = self.to_dict()
        return (
            f"on {self.images:,} images the mean AUROC goes from {said['mean_before']:.4f} to {said['mean_after']:.4f} "
            f"(may fall by {MOST_MEAN_FALL}), {said['worst_finding']} falls most, by {said['worst_fall']:.4f} "
            f"(may fall by {MOST_FALL}), and a probability differs by up to {self.largest_difference:.3f}"
        )


def judged(before: LabelPredictions, after: LabelPredictions, cohort: Cohort) -> Acceptance:
    """Compare a model and its cheaper form on the images that both speak of.

    Args:
        before: the model's probabilities.
        after: the cheaper form's, of the same images in the same order.
        cohort: the images with their labels.

    Raises:
        DataError: when they speak of other images, one gives no number, or no finding has both classes.
    """
    if before.table.image_id.tolist() != after.table.image_id.tolist():
        raise DataError("Two forms of a model speak of different images. Expected the same, in the same order.")
    if not np.isfinite(after.probabilities).all():
        raise DataError("The cheaper form of the model gives no number for some images. It is of no use.")
    pairs: dict[str, tuple[float, float]] = {}
    one, other = align(before, cohort), align(after, cohort)
    for place, finding in enumerate(one.findings):
        rows = one.known(place)
        if len(np.unique(one.present[rows, place])) == 2:
            present = one.present[rows, place]
            pairs[finding] = tuple(float(metrics["auroc"](present, each.score[rows, place])) for each in (one, other))  # type: ignore[assignment]
    if not pairs:
        raise DataError(f"No finding is both present and absent among the {len(one):,} images to judge by.")
    return Acceptance(
        {finding: pair[0] for finding, pair in pairs.items()},
        {finding: pair[1] for finding, pair in pairs.items()},
        len(one),
        float(np.abs(before.probabilities - after.probabilities).max()),
    )
