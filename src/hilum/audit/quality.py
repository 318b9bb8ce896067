"""Quality of an image, from simple measures of its thumbnail.

Nothing here is a diagnosis of the image: each measure is a number with a plain meaning, each flag one threshold on it.
The thresholds stand in the far tails of images from five sources; docs/explanation/quality.md shows what was measured.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.audit import patterns
from hilum.audit.thumbnail import shrink

TURNED = -0.22  # an upright image may fit another pose a little better by chance, not by this much
NEAR_THE_BOTTOM = 0.2  # taken off for the lower side: the bases of whole lungs often come close to it


@dataclass(frozen=True)
class Rule:
    """When an image is flagged: its measure lies below `least` or above `most`.

    Args:
        flag: name of the flag.
        measure: column of the measure.
        least: smallest value that is not flagged.
        most: largest value that is not flagged.
        meaning: what a flagged image shows.
    """

    flag: str
    measure: str
    least: float
    most: float
    meaning: str

    def holds(self, images: pd.DataFrame) -> NDArray[np.bool_]:
        """(N,) which images are flagged; an image that was not measured is not."""
        value = images[self.measure].to_numpy(np.float64)
        flagged: NDArray[np.bool_] = (value < self.least) | (value > self.most)
        return flagged


NEVER = float("inf")
RULES = (
    Rule("rotated", "turned_degrees", 0, 0, "turned by 90, 180 or 270 degrees"),
    Rule("inverted", "negative", 0, 0, "bright where it should be dark"),
    Rule("not_frontal", "frontal", 0.55, NEVER, "no frontal chest, in no position"),
    Rule("cropped", "cut", -NEVER, 0.75, "the lungs reach over a side of the image, or close to it"),
    Rule("over_exposed", "brightness", 0.27, NEVER, "too dark"),
    Rule("under_exposed", "brightness", -NEVER, 0.79, "too bright"),
    Rule("low_contrast", "contrast", 0.25, NEVER, "hardly any contrast, or blank"),
    Rule("border", "border_share", -NEVER, 0.15, "much of the frame is black or white border"),
)
FLAGS = tuple(rule.flag for rule in RULES)
MEASURES = (
    "border_share", "brightness", "contrast", "symmetry", "frontal", "upright", "turned_degrees", "negative", "cut",
    "cut_side",
)  # fmt: skip


def measure(gray: NDArray[np.uint8]) -> dict[str, Any]:
    """The measures of one image.

    Args:
        gray: (H, W) uint8, 1 = bright.

    Returns:
        border_share: share of the frame that is black or white border, in [0, 1].
        brightness: mean gray value inside the border, in [0, 1].
        contrast: from the 5th to the 95th percentile of the gray values inside the border, in [0, 1].
        symmetry: correlation of the image with its mirror image, in [-1, 1]; frontal images lie high.
        frontal: how well it fits an upright frontal chest once turned as it fits best; about 1, other things about 0.3.
        upright: by how much it fits better as it stands than in any other pose; negative when another fits better.
        turned_degrees: 0, 90, 180 or 270, counterclockwise; 0 unless `upright` is clearly negative.
        negative: 1 when it reads as a negative, else 0; 0 unless `upright` is clearly negative.
        cut: how well it fits an image of which a side is cut off; whole images lie near 0.
        cut_side: the side, `top`, `bottom`, `left` or `right` of the picture once it stands upright.
    """
    thumbnail = shrink(gray)
    inner = thumbnail[patterns.field(thumbnail)]
    low, high = np.quantile(inner, [0.05, 0.95]) / 255
    image = patterns.cells(inner)
    poses = patterns.poses(image)
    fits = patterns.score(poses, "upright")
    upright = float(fits[0] - fits[1:].max())
    pose = int(fits.argmax()) if upright < TURNED else 0
    cuts = {side: float(patterns.score(poses[pose][None], side)[0]) for side in patterns.SIDES}
    cuts["bottom"] -= NEAR_THE_BOTTOM
    side = max(cuts, key=cuts.__getitem__)
    return {
        "border_share": 1 - inner.size / thumbnail.size,
        "brightness": float(inner.mean() / 255),
        "contrast": float(high - low),
        "symmetry": float((image * image[:, ::-1]).mean()),
        "frontal": float(fits.max()),
        "upright": upright,
        "turned_degrees": 90 * (pose % len(patterns.TURNS)),
        "negative": int(pose >= len(patterns.TURNS)),
        "cut": cuts[side],
        "cut_side": side,
    }


def flags(images: pd.DataFrame) -> pd.DataFrame:
    """One boolean column a flag (`FLAGS`) for a table with the columns of `measure`, same rows."""
    return pd.DataFrame({rule.flag: rule.holds(images) for rule in RULES}, index=images.index)
