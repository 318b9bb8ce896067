"""Where a Run looked: heatmaps in an image's own pixels."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch

from hilum.explain import explainers
from hilum.explain.cells import cells_of
from hilum.images import Image, read_image
from hilum.models import ImageView
from hilum.runs.batch import pixels
from hilum.runs.device import Device
from hilum.runs.run import Run
from hilum.schema import ConfigError, Explanation


def explain(
    run: Run,
    images: Sequence[Image | str | os.PathLike[str]],
    *,
    findings: Sequence[str] | None = None,
    method: str = "auto",
    device: str = "auto",
) -> list[Explanation]:
    """Heatmaps of images, one an image and finding, image by image.

    Args:
        run: whose model and preprocess.
        images: images, read or as paths.
        findings: names among the Run's; None for all of them.
        method: a name in `hilum.explain.explainers`; `auto`: `cam` where the head allows it, else `gradcam`.
        device: `auto`, `cpu`, `cuda` …

    Returns:
        `heatmap` is (H, W) in [0, 1], in original pixels; what the model did not see (outside the crop) is 0.

    Raises:
        ConfigError: when the Run looks at no image.
    """
    if not run.sees_images:
        raise ConfigError(f"{run.folder}: it looks at no image, so that no heatmap says why. Expected a Run that does.")
    places = [run.findings.position(name) for name in findings] if findings is not None else range(len(run.findings))
    chosen = Device.choose(device)
    model = chosen.place(run.model())
    if method == "auto":
        method = "cam" if isinstance(model, ImageView) and model.cam_weights() is not None else "gradcam"
    explainer = explainers[method]
    cells = cells_of(run.recipe.model["encoder"])
    said = []
    for given in images:
        image = given if isinstance(given, Image) else read_image(Path(given))
        stored = torch.from_numpy(run.preprocess.shrink(image.pixels_8bit)[None]).to(chosen.torch_device)
        maps = explainer(model, pixels(stored, run.preprocess, chosen))[0].cpu()  # (K, h, w)
        maps = maps if cells is None else cells.spread(maps, run.preprocess.size)
        for place in places:
            heatmap = run.preprocess.heatmap_to_original(maps[place].numpy(), *image.gray.shape).clip(0, 1)
            said.append(Explanation(image.image_id, run.findings[place], heatmap, method))
    return said
