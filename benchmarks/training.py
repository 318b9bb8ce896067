"""Training speed in images a second: PyTorch as it comes (fp32, contiguous) against bf16 with channels last.

    python benchmarks/training.py [STEPS]

One step is what training's is: augmentation, forward, loss, backward, optimizer. The settings take turns, step by step,
so that whatever else the device does meets them alike; the median step counts.
"""

import statistics
import sys
import time

import torch

from hilum.data import Augment, Batch
from hilum.data.batch import prepared
from hilum.device import Device
from hilum.runs import Recipe
from hilum.runs.build import build_model
from hilum.training.optimize import completed, optimizer_for

CASES = {"resnet18": (128, 32), "densenet121": (224, 16)}  # encoder: pixels a side, images a step
PLAIN = "fp32, as PyTorch comes"
SETTINGS = {PLAIN: ("fp32", False), "fp32, channels last": ("fp32", True), "bf16, channels last": ("bf16", True)}


def stepper(encoder: str, size: int, batch: int, setting: str):
    precision, channels_last = SETTINGS[setting]
    recipe = completed(Recipe.model_validate({"model": {"encoder": encoder}, "preprocess": {"size": size}}))
    device = Device.choose("auto", precision, channels_last)
    model = device.place(build_model(recipe, pretrained=False)).train()
    optimizer = optimizer_for(model, recipe.training.phases[0])
    if setting == PLAIN:
        optimizer = torch.optim.AdamW(model.parameters())
    task, augment = recipe.build_task(), Augment({"affine": {}, "brightness_contrast": {}})
    generator = torch.Generator(device.torch_device)
    labels = torch.zeros(batch, sum(task.outputs().values()))
    images = Batch(
        tuple(map(str, range(batch))),
        {"image": torch.randint(0, 256, (batch, size, size), dtype=torch.uint8)},
        {"labels": labels, "weights": torch.ones_like(labels)},
    )

    def step() -> float:
        began = time.perf_counter()
        ready = prepared(images, model.inputs, recipe.preprocess, device, transform=augment, generator=generator)
        with device.autocast():
            loss = task.step(model, ready)["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if device.torch_device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    return step


def main(steps: int) -> None:
    print(f"{Device.choose().facts()['name']}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for encoder, (size, batch) in CASES.items():
        runners = {setting: stepper(encoder, size, batch, setting) for setting in SETTINGS}
        times = {setting: [] for setting in SETTINGS}
        for turn in range(steps + 2):
            for setting, step in runners.items():
                spent = step()
                if turn >= 2:  # the first steps prepare kernels
                    times[setting].append(spent)
        rates = {setting: batch / statistics.median(spent) for setting, spent in times.items()}
        for setting, rate in rates.items():
            print(f"{encoder}, {size} px, {batch} a step: {rate:7.1f} images/s  {rate / rates[PLAIN]:.2f}x  {setting}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
