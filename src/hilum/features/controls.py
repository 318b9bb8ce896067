"""Controls: what is left of an image when that is hidden which should matter.

Whoever reads findings from images without lungs, from the border or from the brightness alone has learned who was
imaged how and where, and a model that sees all of the image may have learned no more.
"""

from typing import Any, Literal, cast, get_args

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.features.lungs import masks_of
from hilum.schema import Cohort, ConfigError

Control = Literal["none", "lungs_removed", "lungs_only", "other_lungs", "border", "brightness"]
NEEDS_LUNGS = ("lungs_removed", "lungs_only", "other_lungs")
GROWN = 0.02  # of the side: lungs are removed with their edge, which would tell their shape
BORDER = 0.10  # of the side


def under_control(pixels: NDArray[np.uint8], lungs: NDArray[np.bool_] | None, control: Control) -> NDArray[np.uint8]:
    """The image with a part hidden under the mean of what is left.

    `lungs_removed` hides the lungs and their edge; `lungs_only` all else; `other_lungs` does the same with the lungs of
    another patient (`masks_of_others`); `border` hides all but a tenth of the side all around; `brightness` leaves the
    mean gray value.

    Args:
        pixels: (s, s).
        lungs: (s, s), true inside; needed by the first three.
        control: which.

    Returns:
        (s, s); where the controls that need lungs have none, the image in its mean gray value.
    """
    if control == "none":
        return pixels
    size = pixels.shape[0]
    shown = np.zeros(pixels.shape, bool)
    if control == "border":
        edge = max(1, round(size * BORDER))
        shown[:] = True
        shown[edge:-edge, edge:-edge] = False
    elif control in NEEDS_LUNGS and lungs is not None:
        shown = ~_grown(lungs) if control == "lungs_removed" else lungs
    hidden = np.full_like(pixels, round(float(pixels[shown].mean() if shown.any() else pixels.mean())))
    return np.where(shown, pixels, hidden)


def checked_control(name: str) -> Control:
    """A control by its name.

    Raises:
        ConfigError: when there is none of that name.
    """
    if name not in get_args(Control):
        raise ConfigError(f"There is no control '{name}'. Expected one of: {', '.join(get_args(Control))}.")
    return cast(Control, name)


def masks_of_others(cohort: Cohort, seed: int = 0) -> dict[str, list[dict[str, Any]]]:
    """For each image with lung masks those of another patient's image, drawn with a seed.

    An image for which no other patient has any has none.
    """
    masks = masks_of(cohort)
    patients = pd.Series(cohort.images.patient_id.to_numpy(), index=cohort.images.image_id)
    ids = np.array(sorted(masks), dtype=object)
    drawn = np.random.default_rng(seed).permutation(ids)
    found = {}
    for place, image_id in enumerate(drawn):
        others = (str(drawn[(place + step) % len(drawn)]) for step in range(1, len(drawn)))
        other = next((name for name in others if patients[name] != patients[image_id]), None)
        if other is not None:
            found[str(image_id)] = masks[other]
    return found


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reach = 2 * max(1, round(mask.shape[0] * GROWN)) + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)).astype(bool)
