"""Where a Run looked: heatmaps in a film's own pixels."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch

from hilum.explain import explainers
from hilum.images import Image, read_image
from hilum.runs.batch import pixels
from hilum.runs.machine import Machine
from hilum.runs.run import Run
from hilum.schema import Explanation


def explain(
    run: Run,
    images: Sequence[Image | str | os.PathLike[str]],
    *,
    findings: Sequence[str] | None = None,
    method: str = "cam",
    device: str = "auto",
) -> list[Explanation]:
    """Heatmaps of films, one a film and finding, film by film.

    Args:
        run: whose model and preprocess.
        images: films, read or as paths.
        findings: names among the Run's; None for all of them.
        method: a name in `hilum.explain.explainers`.
        device: `auto`, `cpu`, `cuda` …

    Returns:
        `heatmap` is (H, W) in [0, 1], in original pixels; what the model did not see (outside the crop) is 0.
    """
    places = [run.findings.position(name) for name in findings] if findings is not None else range(len(run.findings))
    machine = Machine.choose(device)
    model = machine.place(run.model())
    explainer = explainers[method]
    said = []
    for given in images:
        film = given if isinstance(given, Image) else read_image(Path(given))
        stored = torch.from_numpy(run.preprocess.shrink(film.pixels_8bit)[None]).to(machine.device)
        maps = explainer(model, pixels(stored, run.preprocess, machine))[0].cpu().numpy()  # (K, h, w)
        for place in places:
            heatmap = run.preprocess.heatmap_to_original(maps[place], *film.gray.shape).clip(0, 1)
            said.append(Explanation(film.image_id, run.findings[place], heatmap, method))
    return said
