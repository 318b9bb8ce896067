"""Training speed of the recipe nih14-densenet121 (weights random), against the way its peers train by default.

    python benchmarks/training.py [STEPS] [--encoder densenet121] [--size 224] [--batch 16]

*Peers*: fp32 and contiguous tensors, Adam, a DataLoader whose workers open each PNG with Pillow, shrink it and augment
it one by one, in every epoch anew. *Hilum*: the recipe, from a store that was built once, by the steps that `hilum
train` makes. Both train on the same drawn images of 1024 pixels a side, as NIH's are. They take turns of a few steps,
each after a step that fills its loader anew, so that nobody decodes during the other's turn; whatever else the machine
does meets them alike. The median step counts. Decoding into the store is timed apart, since it is done once. Step
utilization is the share of the wall time that is spent in steps rather than in waiting for images.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from hilum.data import Batch
from hilum.datasets import datasets
from hilum.device import Device
from hilum.phantom import layouts
from hilum.runs import Recipe, load_recipe
from hilum.runs.build import build_model
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort
from hilum.training.optimize import completed
from hilum.training.processes import launch
from hilum.training.setting import Setting
from hilum.training.setup import loaders, with_split
from hilum.training.step import Stepper

IMAGES, SIDE = 120, 1024  # drawn for it
AT_ONCE = 4  # steps of a turn
Turn = Callable[[int], list[tuple[float, float]]]


class PillowImages(Dataset):
    """The files, opened and augmented one by one: what most published code does."""

    def __init__(self, cohort: Cohort, size: int) -> None:
        self.paths, self.size = cohort.images.path.tolist(), size
        self.labels = torch.from_numpy(cohort.labels_for(cohort.findings)).nan_to_num(0)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        image = Image.open(self.paths[place]).convert("RGB").resize((self.size + 32, self.size + 32))
        image = image.rotate(float(torch.empty(()).uniform_(-5, 5)), Image.Resampling.BILINEAR)
        left, top = torch.randint(0, 33, (2,)).tolist()
        image = image.crop((left, top, left + self.size, top + self.size))
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
        mean, sd = (torch.tensor(three).view(3, 1, 1) for three in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        return (pixels - mean) / sd, self.labels[place]


def peers(cohort: Cohort, recipe: Recipe) -> Turn:
    """The usual loop."""
    images = PillowImages(cohort, recipe.preprocess.size)
    workers = torch.get_num_threads()
    loader = DataLoader(images, recipe.training.batch_size, shuffle=True, num_workers=workers, drop_last=True)
    device = Device.choose().torch_device
    model = timm.create_model(recipe.model["encoder"], num_classes=len(cohort.findings)).to(device).train()
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=1e-4), nn.BCEWithLogitsLoss()

    def step(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        loss = criterion(model(batch[0].to(device)), batch[1].to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()

    return partial(turn, lambda: itertools.chain.from_iterable(itertools.repeat(loader)), step)


def hilum(cohort: Cohort, recipe: Recipe, stores: Path) -> Turn:
    """Hilum's own loader and step."""
    device = Device.choose("auto", recipe.training.precision, recipe.training.channels_last)
    sets, fabric = loaders(recipe, cohort, stores, {}), launch(device, 1)
    model = device.place(build_model(recipe, pretrained=False))
    setting = Setting(
        recipe, sets.task, sets.train, sets.val, sets.val_cohort, fabric, device, stores, (), lambda _: None
    )
    phase, number = recipe.training.phases[0], itertools.count()
    step_of = Stepper(setting, model, phase, None, {})

    def step(batch: Batch) -> None:
        float(step_of(batch, phase.lr, 0, next(number)))

    return partial(turn, lambda: (batch for epoch in itertools.count() for batch in sets.train.epoch(epoch)), step)


def turn(source: Callable[[], Iterator[Any]], step: Callable[[Any], None], steps: int) -> list[tuple[float, float]]:
    """Seconds of waiting and of work of each of a few steps, after one that is not counted."""
    batches, times = source(), []
    for number in range(steps + 1):
        began = time.perf_counter()
        batch = next(batches)
        came = time.perf_counter()
        step(batch)
        if number:
            times.append((came - began, time.perf_counter() - came))
    return times


def main(steps: int, changes: list[str]) -> None:
    recipe = completed(with_overrides(load_recipe("nih14-densenet121"), changes))
    fp32 = with_overrides(recipe, ["training.precision=fp32"])
    flags = {name for name, there in torch.cpu.get_capabilities().items() if there is True}
    wanted = ("avx2", "avx512_f", "avx512_bf16", "amx_bf16", "arm_bf16")
    print(f"{Device.choose().facts()['name']}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"CPU flags: {', '.join(name for name in wanted if name in flags) or 'none of ' + ', '.join(wanted)}")
    with tempfile.TemporaryDirectory() as folder:
        layouts["nih14"](Path(folder) / "data", images=IMAGES, seed=0, size=SIDE)
        cohort = with_split(recipe, datasets["nih14"](Path(folder) / "data")).split("train", "val")
        began = time.perf_counter()
        loaders(recipe, cohort, Path(folder), {})
        print(f"store of {len(cohort)} images of {SIDE} px: {time.perf_counter() - began:.1f} s, once")
        kinds = {"peers: fp32, contiguous, decode in the loop": peers(cohort.split("train"), recipe)}
        kinds["hilum, fp32"] = hilum(cohort, fp32, Path(folder))
        if Device.choose("auto", "auto").bf16:
            kinds["hilum, bf16"] = hilum(cohort, recipe, Path(folder))
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
        for _ in range(-(-steps // AT_ONCE)):
            for name, taken in kinds.items():
                times[name] += taken(AT_ONCE)
    for name, pairs in times.items():
        seconds = {each: statistics.median(map(sum, found)) for each, found in times.items()}
        busy = sum(worked for _, worked in pairs) / sum(map(sum, pairs))
        faster = seconds[next(iter(times))] / seconds[name]
        rate = recipe.training.batch_size / seconds[name]
        print(f"{rate:7.2f} images/s  {faster:5.2f}x  step utilization {busy:6.1%}  {name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("steps", nargs="?", type=int, default=12)
    parser.add_argument("--encoder", default="densenet121")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    settings = {"model.encoder": given.encoder, "preprocess.size": given.size, "training.batch_size": given.batch}
    main(given.steps, [f"{name}={value}" for name, value in settings.items()])
