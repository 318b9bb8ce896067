"""Other ways of reading with the lungs model that ships: sizes, mirroring, moved images, all without learning anew.

    python benchmarks/lungs_reading.py RUN ROOT val      chooses, on images that chose the epoch as well
    python benchmarks/lungs_reading.py RUN ROOT test     what that is worth on patients held out

Logits of several looks are averaged on the image's own pixels. ROOT as for lungs.py; RUN learned from MADE_OF.
"""

import sys
from collections.abc import Callable, Mapping

import numpy as np
from lungs import cohort_of
from numpy.typing import NDArray
from torch import Tensor

from hilum.data import CohortSource
from hilum.device import Device
from hilum.evaluation.matching import match_masks
from hilum.evaluation.metrics.masks.dice import dice
from hilum.features.shape import cardiothoracic_ratio
from hilum.images.mask_tables import CohortMasks
from hilum.inference.apply import raw_of
from hilum.inference.backends.torch import TorchBackend
from hilum.runs import Run
from hilum.schema import Cohort
from hilum.tasks.decoders.masks import _whole

MADE_OF = ["montgomery", "wingspan"]
SWAPPED = {"left_lung": "right_lung", "right_lung": "left_lung"}
NOTHING = -20.0  # logit outside what the network saw
Logits = NDArray[np.float32]
Looks = Mapping[str, Logits]  # by image: (S, H, W) on its own pixels
Regions = Mapping[str, NDArray[np.bool_]]


def look(backend: TorchBackend, run: Run, cohort: Cohort, size: int, *, mirror: bool = False, shift: int = 0) -> Looks:
    """Logits of an inner size; of the mirrored image, mirrored back with sides swapped; of one moved right and down."""
    preprocess = run.preprocess.model_copy(update={"size": size})
    source, found = CohortSource(cohort, preprocess, workers=0), {}
    sides = [run.findings.position(SWAPPED.get(name, name)) for name in run.findings] if mirror else slice(None)
    step = -1 if mirror else 1

    def shown(image: Tensor) -> Tensor:
        moved = image.roll((shift, shift), (-2, -1))
        return moved.flip(-1) if mirror else moved

    for row in range(len(source)):
        batch = source.get(np.array([row]))
        raw = raw_of(backend, preprocess, batch, variant=shown)
        square = np.roll(raw["masks"][0][sides][:, :, ::step], (-shift, -shift), (-2, -1))
        found[batch.image_ids[0]] = np.stack(
            [batch.frames[0].heatmap_to_original(plane - NOTHING) + NOTHING for plane in square]
        )
    return found


def report(name: str, looks: list[Looks], run: Run, cohort: Cohort) -> None:
    ids, cells, order = list(looks[0]), [], list(run.findings)
    means = {image_id: np.mean([one[image_id] for one in looks], axis=0) for image_id in ids}
    drawn = {image_id: [_whole(plane >= 0) for plane in planes] for image_id, planes in means.items()}
    by_name: dict[str, Regions] = {
        name: {image_id: drawn[image_id][place] for image_id in ids} for place, name in enumerate(order)
    }
    sizes = {image_id: planes[0].shape for image_id, planes in drawn.items()}
    truths = {structure: CohortMasks(cohort, structure, sizes) for structure in run.findings}
    for source in MADE_OF:
        own = [image_id for image_id in ids if image_id.startswith(source)]
        for structure, truth in truths.items():
            if any(image_id in truth for image_id in own):
                cells.append(float(np.asarray(dice(match_masks(own, by_name[structure], truth, outlines=False)))))
    three = ("right_lung", "left_lung", "heart")
    ratios = [
        [cardiothoracic_ratio(*(masks[each][image_id] for each in three)) for masks in (by_name, truths)]
        for image_id in ids
        if image_id in truths["heart"]
    ]
    off = [abs(told.value - true.value) for told, true in ratios if told is not None and true is not None]
    shown = " | ".join(f"{cell:.4f}" for cell in cells)
    print(f"| {name} | {shown} | {np.mean(cells):.4f} | {np.mean(off):.4f} |", flush=True)


def main(folder: str, root: str, split: str) -> None:
    run = Run.open(folder)
    cohort = run.with_split(cohort_of(root, MADE_OF, run.findings)).split(split)
    backend = TorchBackend.of(run, Device.choose("cpu"))
    usual = run.preprocess.size

    def seen(size: int = usual, *, mirror: bool = False, shift: int = 0) -> Looks:
        return look(backend, run, cohort, size, mirror=mirror, shift=shift)

    print(f"{split}: {len(cohort)} images\n| read | Dice: structures by set | mean | ratio's error |")
    plain, sizes = seen(), {size: seen(size) for size in (192, 256)}
    tried: dict[str, Callable[[], list[Looks]]] = {
        f"{usual} px": lambda: [plain],
        "192, 224, 256 px": lambda: [plain, *sizes.values()],
    }
    if split == "val":
        tried |= {
            "192 px": lambda: [sizes[192]],
            "256 px": lambda: [sizes[256]],
            "288 px": lambda: [seen(288)],
            "and mirrored, sides swapped": lambda: [plain, seen(mirror=True)],
            "and moved by 5 pixels, both ways": lambda: [plain, seen(shift=5), seen(shift=-5)],
        }
    for name, looks in tried.items():
        report(name, looks(), run, cohort)


if __name__ == "__main__":
    main(*sys.argv[1:])
