"""Training speed in images a second: PyTorch as it comes (fp32, contiguous) against bf16 with channels last.

    python benchmarks/training.py [STEPS]

One step is what training's is: augmentation, forward, loss, backward, optimizer. The settings take turns, step by step,
so that whatever else the machine does meets them alike; the median step counts.
"""

import statistics
import sys
import time

import torch

from hilum.runs.build import build_model
from hilum.runs.config import Recipe
from hilum.runs.machine import Machine
from hilum.schema import Findings
from hilum.training.augment import Augmenter
from hilum.training.optimize import optimizer_for

CASES = {"resnet18": (128, 32), "densenet121": (224, 16)}  # trunk: pixels a side, films a step
PLAIN = "fp32, as PyTorch comes"
SETTINGS = {PLAIN: ("fp32", False), "fp32, channels last": ("fp32", True), "bf16, channels last": ("bf16", True)}


def stepper(trunk: str, size: int, batch: int, setting: str):
    precision, channels_last = SETTINGS[setting]
    recipe = Recipe.model_validate({"model": {"trunk": trunk}, "preprocess": {"size": size}})
    machine = Machine.choose("auto", precision, channels_last)
    model = machine.place(build_model(recipe, pretrained=False)).train()
    optimizer = optimizer_for(model, recipe.training.phases[0])
    if setting == PLAIN:
        optimizer = torch.optim.AdamW(model.parameters())
    task = recipe.task.build(Findings.of(recipe.findings))
    augment = Augmenter({"affine": {}, "brightness_contrast": {}})
    generator = torch.Generator(machine.device)
    pixels = torch.randint(0, 256, (batch, size, size), dtype=torch.uint8)
    labels = torch.zeros(batch, task.outputs, device=machine.device)

    def step() -> float:
        began = time.perf_counter()
        images = augment(pixels.to(machine.device).float().div_(255).unsqueeze(1), generator).squeeze(1)
        with machine.autocast():
            logits = model(machine.layout(recipe.preprocess.normalize(images)))
        task.loss(logits, labels).backward()
        optimizer.step()
        optimizer.zero_grad()
        if machine.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    return step


def main(steps: int) -> None:
    print(f"{Machine.choose().facts()['name']}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for trunk, (size, batch) in CASES.items():
        runners = {setting: stepper(trunk, size, batch, setting) for setting in SETTINGS}
        times = {setting: [] for setting in SETTINGS}
        for turn in range(steps + 2):
            for setting, step in runners.items():
                spent = step()
                if turn >= 2:  # the first steps prepare kernels
                    times[setting].append(spent)
        rates = {setting: batch / statistics.median(spent) for setting, spent in times.items()}
        for setting, rate in rates.items():
            print(f"{trunk}, {size} px, {batch} a step: {rate:7.1f} images/s  {rate / rates[PLAIN]:.2f}x  {setting}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
