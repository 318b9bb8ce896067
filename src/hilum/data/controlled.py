"""ControlledSource: images of which a part is hidden, to ask what a model needs to see."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from hilum.data.batch import Batch
from hilum.data.source import Rows, Source
from hilum.features.controls import NEEDS_LUNGS, Control, masks_of_others, under_control
from hilum.features.lungs import draw_lungs, masks_of
from hilum.images import Preprocess
from hilum.schema import Cohort, DataError


class ControlledSource:
    """The images of another source under a control (`hilum.features.controls`).

    An image without plausible lungs, under a control that needs them, stands among the failures.

    Args:
        source: of the images.
        cohort: with their masks, and the patients whose masks are others'.
        preprocess: what the source's images went through.
        control: what is hidden.
    """

    def __init__(self, source: Source, cohort: Cohort, preprocess: Preprocess, control: Control) -> None:
        self.source, self.preprocess, self.control = source, preprocess, control
        self.image_ids = source.image_ids
        self.failures: list[tuple[str, str]] = source.failures
        self.masks = {}
        if control in NEEDS_LUNGS:
            self.masks = masks_of_others(cohort) if control == "other_lungs" else masks_of(cohort)

    def __len__(self) -> int:
        return len(self.source)

    def get(self, rows: Rows) -> Batch:
        """The images at these rows, in order."""
        return next(self.batches([rows]))

    def batches(self, plan: Sequence[Rows]) -> Iterator[Batch]:
        """One batch for each entry of the plan."""
        return (self._changed(batch) for batch in self.source.batches(plan))

    def _changed(self, batch: Batch) -> Batch:
        kept, changed = [], []
        for place, image_id in enumerate(batch.image_ids):
            frame = batch.frames[place]
            try:
                lungs = self._lungs(image_id, frame.height, frame.width)
            except DataError as error:
                self.failures.append((image_id, str(error)))
                continue
            kept.append(place)
            changed.append(under_control(batch.inputs["image"][place].numpy(), lungs, self.control))
        size = self.preprocess.size
        pixels = torch.from_numpy(np.stack(changed) if changed else np.zeros((0, size, size), np.uint8))
        return batch.take(kept).with_image(pixels)

    def _lungs(self, image_id: str, height: int, width: int) -> NDArray[np.bool_] | None:
        if self.control not in NEEDS_LUNGS:
            return None
        both = draw_lungs(self.masks.get(image_id, []), height, width).both
        plain = self.preprocess.model_copy(update={"equalize": "none"})
        shrunk: NDArray[np.bool_] = plain.shrink(both.astype(np.uint8) * 255) > 127
        return shrunk
