"""Every detector learns sixteen drawn images by heart: what it says of them is what it was taught."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.data import Batch
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.models import FitsBoxes, models
from hilum.schema import Boxes, Cohort, Findings
from hilum.schema.boxes import EDGES
from hilum.tasks.detect import Detect

IMAGES, SIZE, STEPS, RATE = 16, 64, 40, 3e-3
PLACES = {"proposals": 20, "sampled": 16, "finest": 8}
DETECTORS: Mapping[str, Mapping[str, Any]] = {
    "faster_rcnn": PLACES,
    "mask_rcnn": PLACES | {"sampled": 8},  # its masks are what takes long
    "retinanet": {},
    "fcos": {"width": 64},
    "yolov3": {},
    "box_unet": {},
}


def drawn() -> tuple[Cohort, torch.Tensor]:
    """Noise, and on each image but the last two a bright ellipse in its box."""
    draw = np.random.default_rng(0)
    pixels, rows = draw.normal(0, 0.3, (IMAGES, SIZE, SIZE)), []
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    for number in range(IMAGES - 2):
        wide, high = draw.integers(18, 34, 2)
        left, top = draw.integers(0, SIZE - wide), draw.integers(0, SIZE - high)
        inside = ((x - left - wide / 2) / wide) ** 2 + ((y - top - high / 2) / high) ** 2 < 0.25
        pixels[number][inside] += 2
        rows.append((f"i{number}", "Mass", left, top, left + wide, top + high))
    names = [f"i{number}" for number in range(IMAGES)]
    images = pd.DataFrame({"image_id": names, "patient_id": names, "width": SIZE, "height": SIZE})
    labels = pd.DataFrame({"Mass": [1.0] * (IMAGES - 2) + [0.0] * 2})
    boxes = Boxes(pd.DataFrame(rows, columns=["image_id", "finding", *EDGES]))
    return Cohort("drawn", images, labels, boxes=boxes), torch.from_numpy(pixels).float().unsqueeze(1)


@pytest.mark.parametrize("name", DETECTORS)
def test_it_learns_sixteen_images_by_heart(name: str) -> None:
    cohort, pixels = drawn()
    task, preprocess = Detect(Findings(("Mass",))), Preprocess(size=SIZE)
    batch = Batch(tuple(cohort.images.image_id), {"image": pixels}, task.targets(cohort, preprocess))
    torch.manual_seed(0)
    known = {"encoder": "test_resnet", "outputs": 1, "size": SIZE, "width": 32, "norm": "group", **DETECTORS[name]}
    model = models[name](**known)
    if isinstance(model, FitsBoxes):
        model.fit_boxes(batch.targets["boxes"])
    optimizer = torch.optim.AdamW(model.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.2)
    model.train()
    for step in range(STEPS):
        loss = task.step(model, batch.take([place for place in range(IMAGES) if place % 2 == step % 2]))["loss"]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        schedule.step()
    with torch.inference_mode():
        raw = {key: value.numpy() for key, value in model.eval()(image=pixels).items()}
    said = task.predictions(batch.image_ids, task.decode(raw, [Frame(SIZE, SIZE, preprocess)] * IMAGES))
    assert task.monitor(said, cohort)["box_average_precision"] > 0.8
