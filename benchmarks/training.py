"""Training speed in images a second: PyTorch as it comes (fp32, contiguous) against bf16 with channels last.

    python benchmarks/training.py [STEPS]

One step is what training's is: augmentation, forward, loss, backward, optimizer. The settings take turns, step by step,
so that whatever else the device does meets them alike; the median step counts.
"""

import statistics
import sys
import time

import torch
from hilum.runs.device import Device
from hilum.training.augment import Augmenter

from hilum.runs.build import build_model
from hilum.runs.recipe import Recipe
from hilum.schema import Findings
from hilum.training.optimize import optimizer_for

CASES = {"resnet18": (128, 32), "densenet121": (224, 16)}  # encoder: pixels a side, images a step
PLAIN = "fp32, as PyTorch comes"
SETTINGS = {PLAIN: ("fp32", False), "fp32, channels last": ("fp32", True), "bf16, channels last": ("bf16", True)}


def stepper(encoder: str, size: int, batch: int, setting: str):
    precision, channels_last = SETTINGS[setting]
    recipe = Recipe.model_validate({"model": {"encoder": encoder}, "preprocess": {"size": size}})
    device = Device.choose("auto", precision, channels_last)
    model = device.place(build_model(recipe, pretrained=False)).train()
    optimizer = optimizer_for(model, recipe.training.phases[0])
    if setting == PLAIN:
        optimizer = torch.optim.AdamW(model.parameters())
    task = recipe.task.build(Findings.of(recipe.findings))
    augment = Augmenter({"affine": {}, "brightness_contrast": {}})
    generator = torch.Generator(device.torch_device)
    pixels = torch.randint(0, 256, (batch, size, size), dtype=torch.uint8)
    labels = torch.zeros(batch, task.outputs, device=device.torch_device)

    def step() -> float:
        began = time.perf_counter()
        images = augment(pixels.to(device.torch_device).float().div_(255).unsqueeze(1), generator).squeeze(1)
        with device.autocast():
            logits = model(image=device.layout(recipe.preprocess.normalize(images)))["labels"]
        task.loss(logits, labels).backward()
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
