"""What only the network itself can give: heatmaps and the vectors that its head sees."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hilum.data import Batch, Source
from hilum.data.batch import prepared
from hilum.explain import explainers
from hilum.explain.findings_view import FindingsView
from hilum.explain.scale import Zero, to_unit
from hilum.images import Preprocess
from hilum.inference.backends.torch import TorchBackend
from hilum.inference.spread import spread_of
from hilum.models.contract import Embeds, FittedHead, ImageView
from hilum.runs import Run
from hilum.schema import ConfigError, Explanation
from hilum.tasks.task import Explains

AT_ONCE = 8  # images whose maps are held at a time


@dataclass(frozen=True)
class Settings:
    """How heatmaps are made; `method`, `zero` and `smoothing` as in `Predictor.explain`."""

    findings: Sequence[str] | None = None
    method: str = "auto"
    zero: Zero = "mean"
    smoothing: float = 0.0


def explained(backend: TorchBackend, run: Run, images: Source, settings: Settings) -> Iterator[Explanation]:
    """Heatmaps of images, one an image and finding; see `Predictor.explain`."""
    model, findings = view_of(backend, run), settings.findings
    places = [run.findings.position(name) for name in findings] if findings is not None else range(len(run.findings))
    method = method_for(model) if settings.method == "auto" else settings.method
    explainer, encoder = explainers[method], run.recipe.model["encoder"]
    scale = partial(to_unit, zero=settings.zero, smoothing=settings.smoothing)
    rows = np.arange(len(images))
    for batch in images.batches([rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]):
        if not len(batch):
            continue  # none of them could be read; they stand among the source's failures
        image = prepared(batch, ("image",), run.preprocess, backend.device).inputs["image"]
        maps = explainer(model, image, places, scale).cpu()  # (B, K, h, w), of these findings alone
        for image_id, frame, own in zip(batch.image_ids, batch.frames, maps.numpy(), strict=True):
            spread = spread_of(encoder, frame, own.shape[-2:])
            for place, cells in zip(places, own, strict=True):
                yield Explanation(image_id, run.findings[place], cells, method, spread)


def view_of(backend: TorchBackend, run: Run) -> nn.Module:
    """The Run's network as explainers see it: one logit a finding.

    Raises:
        ConfigError: when it has no feature maps.
    """
    model = backend.model
    if not isinstance(model, ImageView):
        raise ConfigError(f"{run.folder}: its model has no feature maps, so that there is nothing to look at.")
    if not isinstance(run.task, Explains):
        raise ConfigError(f"{run.folder}: it says by itself where it found what it gives ({run.task.kind}).")
    contrasts = torch.from_numpy(run.task.contrasts())
    return model if contrasts.shape[0] == contrasts.shape[1] else FindingsView(model, contrasts)


def method_for(model: nn.Module) -> str:
    """The explainer that a model allows: exact, by gradients, or, where the head has none (trees, neighbors), slow."""
    if isinstance(model, ImageView) and model.cam_weights() is not None:
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
