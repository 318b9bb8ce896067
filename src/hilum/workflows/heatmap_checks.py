"""Whether heatmaps follow the model: faithfulness, random weights, other methods; on a few images each."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from hilum.data import Source
from hilum.explain import explainers
from hilum.explain.randomization import unchanged
from hilum.inference import Predictor
from hilum.inference.explaining import Settings
from hilum.inference.heatmap_tests import agreeing, faithful, randomized
from hilum.schema import Cohort
from hilum.workflows.localize import HeatmapSettings

AGREEING = ("cam", "gradcam", "gradcam_plus_plus", "layercam", "attention_rollout", "integrated_gradients", "occlusion")


@dataclass(frozen=True)
class Checks:
    """How much is done to find out whether the maps follow the model; each is slow.

    Args:
        faithfulness: pairs of image and finding whose pixels are taken away and brought back; 0 for none.
        randomization: images whose maps are drawn by networks with ever more random weights; 0 for none.
        agreement: images on which methods are compared; 0 for none.
        steps: parts in which pixels go or come.
    """

    faithfulness: int = 20
    randomization: int = 20
    agreement: int = 4
    steps: int = 50


USUAL_CHECKS, UNCHECKED = Checks(), Checks(0, 0, 0)


def checked(
    predictor: Predictor,
    chosen: Cohort,
    pairs: pd.DataFrame,
    settings: HeatmapSettings,
    checks: Checks,
    *,
    seed: int,
) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Scores of faithfulness, and what became of maps under random weights and other methods."""
    if predictor.run.members:
        return None, {}  # several networks, of which each has its own maps
    how = Settings(None, settings.method, settings.zero, settings.smoothing)
    first = pairs.drop_duplicates(["image_id", "finding"])
    found: dict[str, Any] = {}

    def some(count: int) -> tuple[Source, dict[str, list[str]]]:
        drawn = first.sample(min(count, len(first)), random_state=seed)
        named = {str(name): rows.finding.tolist() for name, rows in drawn.groupby("image_id")}
        return predictor.source(chosen.where(chosen.images.image_id.isin(named), "Tested")), named

    if checks.randomization:
        cascade = randomized(predictor, *some(checks.randomization), how)
        broken = unchanged(float(cascade.correlation.iloc[-1]))
        found["randomization"] = {"rows": cascade.to_dict("records"), "broken": broken}
    if checks.agreement:
        methods = [name for name in AGREEING if name in explainers]
        table = agreeing(predictor, *some(checks.agreement), how, methods)
        found["agreement"] = {"methods": list(table.columns), "rows": table.round(3).to_numpy().tolist()}
    tested = faithful(predictor, *some(checks.faithfulness), how, steps=checks.steps) if checks.faithfulness else None
    return tested, found
