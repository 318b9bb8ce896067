"""Explain: where a Run looked, in an image's own pixels."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from hilum.images import Image, read_image
from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import Explanation


def explain(
    run: Run,
    images: Sequence[Image | str | os.PathLike[str]],
    *,
    findings: Sequence[str] | None = None,
    method: str = "auto",
    zero: Literal["mean", "relu", "min"] = "mean",
    smoothing: float = 0.0,
    device: str = "auto",
) -> list[Explanation]:
    """Heatmaps of images, one an image and finding, image by image.

    Args:
        run: whose model and preprocess.
        images: read, or as paths.
        findings: names among the Run's; None for all of them.
        method: an explainer (`hilum ls explainers`); `auto`: `cam` where the head allows it, else `gradcam`.
        zero: what counts as no evidence, as in `Predictor.explain`.
        smoothing: of a Gaussian over each map, its standard deviation as a share of the image's side.
        device: `auto`, `cpu`, `cuda` …

    Returns:
        `heatmap` is (H, W) in [0, 1], in original pixels; what the model did not see (outside the crop) is 0.

    Raises:
        ConfigError: when the Run looks at no image.
    """
    predictor = Predictor.open(run, device=device)
    read = [image if isinstance(image, Image) else read_image(Path(image)) for image in images]
    return predictor.explain(predictor.memory(read), findings=findings, method=method, zero=zero, smoothing=smoothing)
