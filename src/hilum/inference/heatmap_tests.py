"""What heatmaps of a Run are put to: faithfulness, random weights, other methods."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from hilum.data import Source
from hilum.data.batch import prepared
from hilum.engine import progress
from hilum.explain import explainers
from hilum.explain.cells import cells_of
from hilum.explain.controls import centered, tiles_shuffled
from hilum.explain.faithfulness import STEPS, faithfulness
from hilum.explain.likeness import rank_correlation, structure
from hilum.explain.randomization import cascade
from hilum.explain.scale import Scale, to_unit
from hilum.inference.explaining import Settings, method_for, view_of
from hilum.inference.predictor import Predictor
from hilum.schema import ConfigError

Shown = tuple[str, Sequence[str], Tensor]  # id, findings and (C, H, W) of an image
Pairs = Mapping[str, Sequence[str]]  # image id -> findings


def faithful(
    predictor: Predictor, images: Source, pairs: Pairs, settings: Settings, *, steps: int = STEPS, seed: int = 0
) -> pd.DataFrame:
    """Deletion and insertion of each pair's map, of the map with its tiles shuffled, and of a centered Gaussian.

    Returns:
        `image_id`, `finding`, `map`, `draw`, `deletion_mean`, … as in `hilum.evaluation.localization.summarized`.
    """
    model, method = _model(predictor, settings)
    generator, rows = np.random.default_rng(seed), []
    for image_id, findings, image in _shown(predictor, images, pairs, "faithfulness"):
        places = [predictor.run.findings.position(name) for name in findings]
        maps = _spread(predictor, explainers[method](model, image[None], places, _scale(settings))[0])
        for name, place, one in zip(findings, places, maps, strict=True):
            shuffled = torch.from_numpy(tiles_shuffled(one.cpu().numpy(), generator))
            kinds = {method: one, "shuffled": shuffled, "center": torch.from_numpy(centered(one.shape))}
            for kind, heatmap in kinds.items():
                found = faithfulness(model, image, heatmap.to(image), place, steps=steps)
                rows.append({"image_id": image_id, "finding": name, "map": kind, "draw": 0, **found})
    return pd.DataFrame(rows)


def randomized(predictor: Predictor, images: Source, pairs: Pairs, settings: Settings) -> pd.DataFrame:
    """How like the trained network's maps those of ever more random ones are: `layers`, `correlation`, `structure`."""
    model, method = _model(predictor, settings)
    shown = list(_shown(predictor, images, pairs, "random weights"))

    def maps(network: nn.Module) -> Tensor:  # (N, h, w)
        return _maps_of(predictor, network, method, shown, settings)

    trained, rows = maps(model), []
    for layers, network in cascade(model):
        found = maps(network)
        rows.append({
            "layers": layers, "correlation": float(rank_correlation(trained, found).mean()),
            "structure": float(structure(trained, found).mean()), "maps": len(found),
        })  # fmt: skip
    return pd.DataFrame(rows)


def agreeing(
    predictor: Predictor, images: Source, pairs: Pairs, settings: Settings, methods: Sequence[str]
) -> pd.DataFrame:
    """(M, M) mean rank correlation of the methods' maps of the same pairs, without methods that refuse the model."""
    model, _ = _model(predictor, settings)
    shown, maps = list(_shown(predictor, images, pairs, "methods")), dict[str, Tensor]()
    for method in methods:
        try:
            maps[method] = _spread(predictor, _maps_of(predictor, model, method, shown, settings))
        except ConfigError:
            continue
    values = [[float(rank_correlation(one, other).mean()) for other in maps.values()] for one in maps.values()]
    return pd.DataFrame(values, index=list(maps), columns=list(maps))


def _maps_of(
    predictor: Predictor, network: nn.Module, method: str, shown: Sequence[Shown], settings: Settings
) -> Tensor:  # (N, h, w), N pairs
    position, explainer = predictor.run.findings.position, explainers[method]
    found = [explainer(network, image[None], [position(name) for name in names], _scale(settings))[0]
             for _, names, image in shown]  # fmt: skip
    return torch.cat(found).cpu()


def _model(predictor: Predictor, settings: Settings) -> tuple[nn.Module, str]:
    model = view_of(predictor.torch, predictor.run)
    return model, method_for(model) if settings.method == "auto" else settings.method


def _scale(settings: Settings) -> Scale:
    """Least to most: cut at the mean, half of a map's places would be alike, and have no order."""
    return partial(to_unit, zero="min", smoothing=settings.smoothing)


def _spread(predictor: Predictor, maps: Tensor) -> Tensor:  # (N, h, w) -> (N, size, size)
    size, cells = predictor.run.preprocess.size, cells_of(predictor.run.recipe.model["encoder"])
    if cells is not None:
        return cells.spread(maps, size)
    return torch.nn.functional.interpolate(maps[:, None], size=(size, size), mode="bilinear")[:, 0]


def _shown(predictor: Predictor, images: Source, pairs: Pairs, what: str) -> Iterator[Shown]:
    """Id, findings and (C, H, W) of each image that is asked for and can be read."""
    rows = [row for row, image_id in enumerate(images.image_ids) if image_id in pairs]
    for row in progress(rows, total=len(rows), what=what):
        batch = images.get(np.array([row]))
        if len(batch):
            inputs = prepared(batch, ("image",), predictor.run.preprocess, predictor.torch.device).inputs
            yield batch.image_ids[0], pairs[batch.image_ids[0]], inputs["image"][0]
