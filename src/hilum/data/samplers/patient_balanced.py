"""Each patient as often as another."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hilum.data.source import Targets
from hilum.registry import register


@register
def patient_balanced(
    targets: Targets,  # noqa: ARG001
    seed: int,
    *,
    patients: NDArray[np.object_],
    each: Annotated[int, Field(ge=1)] = 1,
) -> NDArray[np.intp]:
    """So many images of each patient in an epoch, drawn anew each time; patients of one image as often as any other.

    Args:
        targets: of N images; not looked at.
        seed: of the draws and the order.
        patients: (N,) whose image it is.
        each: images a patient in an epoch; those of a patient who has fewer come again.
    """
    draw = np.random.default_rng(seed)
    _, number, sizes = np.unique(np.asarray(patients, dtype=str), return_inverse=True, return_counts=True)
    order = draw.permutation(len(number))
    order = order[np.argsort(number[order], kind="stable")]  # by patient, shuffled inside
    starts = np.cumsum(sizes) - sizes
    places = starts[:, None] + np.arange(each) % sizes[:, None]  # (patients, each)
    return draw.permutation(order[places.ravel()])
