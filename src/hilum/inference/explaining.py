"""What only the network itself can give: heatmaps and the vectors that its head sees."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hilum.data import Batch, Source
from hilum.data.batch import prepared
from hilum.explain import explainers
from hilum.explain.cells import cells_of
from hilum.explain.findings_view import FindingsView
from hilum.images import Preprocess
from hilum.inference.backends.torch import TorchBackend
from hilum.models.contract import Embeds, FittedHead, ImageView
from hilum.runs import Run
from hilum.schema import ConfigError, Explanation
from hilum.tasks.task import Explains


def explained(
    backend: TorchBackend, run: Run, images: Source, *, findings: Sequence[str] | None, method: str
) -> list[Explanation]:
    """Heatmaps of images, one an image and finding; see `Predictor.explain`."""
    model = backend.model
    if not isinstance(model, ImageView):
        raise ConfigError(f"{run.folder}: its model has no feature maps, so that there is nothing to look at.")
    if not isinstance(run.task, Explains):
        raise ConfigError(f"{run.folder}: it says by itself where it found what it gives ({run.task.kind}).")
    contrasts = torch.from_numpy(run.task.contrasts())
    if contrasts.shape[0] != contrasts.shape[1]:
        model = FindingsView(model, contrasts)
    places = [run.findings.position(name) for name in findings] if findings is not None else range(len(run.findings))
    if method == "auto":
        method = _method_for(model)
    explainer, cells = explainers[method], cells_of(run.recipe.model["encoder"])
    found = []
    for row in range(len(images)):
        batch = images.get(np.array([row]))
        image = prepared(batch, ("image",), run.preprocess, backend.device).inputs["image"]
        maps = explainer(model, image, places)[0].cpu()  # (K, h, w), of these findings alone
        maps = maps if cells is None else cells.spread(maps, run.preprocess.size)
        for place, evidence in zip(places, maps, strict=True):
            heatmap = batch.frames[0].heatmap_to_original(evidence.numpy()).clip(0, 1)
            found.append(Explanation(batch.image_ids[0], run.findings[place], heatmap, method))
    return found


def _method_for(model: ImageView) -> str:
    """The explainer that a model allows: exact, by gradients, or, where the head has none (trees, neighbors), slow."""
    if model.cam_weights() is not None:
        return "cam"
    head = getattr(model, "head", None)
    without = isinstance(head, FittedHead) and isinstance(head, nn.Module) and not list(head.parameters())
    return "occlusion" if without else "gradcam"


def embedded(
    backend: TorchBackend, preprocess: Preprocess, batches: Iterable[Batch]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Id and vector of each image."""
    model = backend.model
    if not isinstance(model, Embeds):
        raise ConfigError(f"{type(model).__name__} sums no image up in a vector. Expected a model that embeds.")
    for batch in batches:
        if len(batch):
            inputs = prepared(batch, backend.inputs, preprocess, backend.device).inputs
            with torch.inference_mode(), backend.device.autocast():
                vectors = model.embed(**inputs)
            yield from zip(batch.image_ids, vectors.float().cpu().numpy(), strict=True)
